-- Requests that change many contacts: a row, from which the work goes on after any restart.

CREATE TABLE job (
    id            uuid PRIMARY KEY,
    source        text NOT NULL,
    message_id    uuid NOT NULL,
    type          text NOT NULL,
    subject       text NOT NULL,
    data          text NOT NULL,
    user_id       text,
    cursor        text,
    is_selected   boolean NOT NULL DEFAULT false,
    result        text,
    is_held       boolean NOT NULL DEFAULT false,
    created_at    timestamptz NOT NULL,
    finished_at   timestamptz,
    claimed_by    uuid,
    next_step_at  timestamptz NOT NULL,
    UNIQUE (message_id, source)
) WITH (fillfactor = 70);
COMMENT ON TABLE job IS 'A request that changes many contacts, one message each, until the last of them is answered';
COMMENT ON COLUMN job.message_id IS 'The request: with its source, one job';
COMMENT ON COLUMN job.data IS 'What is to be done, as JSON: ids, names, a condition; emptied when it is done';
COMMENT ON COLUMN job.user_id IS 'The user in whose name it was asked';
COMMENT ON COLUMN job.cursor IS 'How far the selection of contacts has come';
COMMENT ON COLUMN job.is_selected IS 'Every contact is selected';
COMMENT ON COLUMN job.result IS 'data of the reply, once it is done';
COMMENT ON COLUMN job.is_held IS 'The reply acknowledges withdrawals too and waits out the leases (X3)';
COMMENT ON COLUMN job.claimed_by IS 'Who takes it a step further';
COMMENT ON COLUMN job.next_step_at IS 'Not before then, unless by its claimer: so jobs take turns, and who ended with one leaves it to others';
CREATE INDEX job_open ON job (next_step_at) WHERE result IS NULL;

CREATE TABLE job_item (
    job      uuid NOT NULL REFERENCES job ON DELETE CASCADE,
    number   integer NOT NULL,
    contact  text NOT NULL,
    detail   text,
    sent_at  timestamptz,
    outcome  text,
    PRIMARY KEY (job, number)
) WITH (fillfactor = 70);
COMMENT ON TABLE job_item IS 'One contact of a job: its message rides in the contact''s partition';
COMMENT ON COLUMN job_item.detail IS 'What differs between contacts, such as the status that an import brings';
COMMENT ON COLUMN job_item.sent_at IS 'When its message was published and confirmed';
COMMENT ON COLUMN job_item.outcome IS 'What became of it, a word; nothing as long as it is under way';
CREATE INDEX job_item_open ON job_item (job, number) WHERE outcome IS NULL;

CREATE TABLE job_waiter (
    number      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job         uuid NOT NULL REFERENCES job ON DELETE CASCADE,
    queue       text NOT NULL,
    correlation text
);
COMMENT ON TABLE job_waiter IS 'Who waits for the job''s reply: the request, and each repetition of it';
CREATE INDEX job_waiter_job ON job_waiter (job);
