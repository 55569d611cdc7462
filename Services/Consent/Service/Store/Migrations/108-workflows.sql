-- Actions of workflows (C6).
CREATE TABLE workflow_firing (
    id           uuid PRIMARY KEY,
    contact      text COLLATE "C" NOT NULL REFERENCES contact (id) ON DELETE CASCADE,
    workflow     text NOT NULL,
    action       smallint NOT NULL,
    trigger_type text NOT NULL,
    trigger_id   uuid NOT NULL,
    consent      text,
    state        text NOT NULL CHECK (state IN ('mailed', 'waiting', 'published', 'dropped')),
    reason       text,
    fired_at     timestamptz NOT NULL,
    attempts     integer NOT NULL DEFAULT 0,
    due_at       timestamptz NOT NULL,
    UNIQUE (workflow, trigger_id, action)
) WITH (fillfactor = 80);
CREATE INDEX workflow_firing_contact ON workflow_firing (contact);
CREATE INDEX workflow_firing_due ON workflow_firing (due_at) WHERE state = 'waiting';
CREATE INDEX workflow_firing_old ON workflow_firing (fired_at) WHERE state <> 'waiting';
COMMENT ON TABLE workflow_firing IS 'One row per action of a rule and fact that triggered it, so that each firing acts once; it holds no field''s value and no address. A row is deleted 90 days after it fired, once its message was published or dropped, and with its contact.';
COMMENT ON COLUMN workflow_firing.id IS 'Derived from rule, fact and action; also the id of the mail, or of the message to the queue.';
COMMENT ON COLUMN workflow_firing.workflow IS 'The rule''s name in the configuration.';
COMMENT ON COLUMN workflow_firing.action IS 'The place among the rule''s actions, from 0.';
COMMENT ON COLUMN workflow_firing.trigger_type IS 'The type of the fact that triggered the rule.';
COMMENT ON COLUMN workflow_firing.trigger_id IS 'The id of that fact.';
COMMENT ON COLUMN workflow_firing.consent IS 'The consent that the fact is about: its grant must still be in force when the action runs.';
COMMENT ON COLUMN workflow_firing.state IS 'mailed: the mail was ordered, and the notifier asks here again when it hands it over; waiting: the message is to be published.';
COMMENT ON COLUMN workflow_firing.reason IS 'Why the message was dropped: the condition no longer held, and so on.';
COMMENT ON COLUMN workflow_firing.attempts IS 'Attempts to publish the message.';
COMMENT ON COLUMN workflow_firing.due_at IS 'Earliest time of the next attempt.';
