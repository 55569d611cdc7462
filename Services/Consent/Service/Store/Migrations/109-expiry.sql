-- What the suite did about decisions because their grant runs out, or ran out (C7).
ALTER TABLE current_decision
    ADD COLUMN follow_up text CHECK (follow_up IN ('asked', 'unasked', 'cleared')),
    ADD COLUMN renewal_mail uuid;
COMMENT ON COLUMN current_decision.follow_up IS 'asked: the contact was asked to renew the grant; unasked: that was not possible; cleared: the value kept since the grant ran out is gone. NULL: nothing was done yet. A new decision sets it to NULL.';
COMMENT ON COLUMN current_decision.renewal_mail IS 'The mail that asked.';

-- The sweep looks for decisions of one consent that are older than a limit of the configuration, so that a changed
-- configuration changes no row. Each decision stands in one of these at most, and leaves it when its turn is over.
CREATE INDEX current_decision_unasked ON current_decision (consent, decided_at, contact)
    WHERE decision = 'granted' AND follow_up IS NULL;
CREATE INDEX current_decision_asked ON current_decision (consent, decided_at, contact)
    WHERE decision = 'granted' AND follow_up IS NOT NULL;
CREATE INDEX current_decision_kept ON current_decision (consent, decided_at, contact)
    WHERE channel = 'expired' AND follow_up IS NULL;
