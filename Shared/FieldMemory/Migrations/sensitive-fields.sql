CREATE TABLE sensitive_field (
    name       text PRIMARY KEY,
    shown_end  text,
    shown      integer NOT NULL,
    noted_at   timestamptz NOT NULL,
    CONSTRAINT shown_somewhere CHECK ((shown_end IS NULL) = (shown = 0) AND shown_end IN ('first', 'last'))
);
COMMENT ON TABLE sensitive_field IS 'Fields that a configuration once marked sensitive; they stay so, and no mask may show more (V6)';
COMMENT ON COLUMN sensitive_field.name IS 'The field''s name in the configuration';
COMMENT ON COLUMN sensitive_field.shown_end IS 'Which end of a value stays visible, first or last; null: neither';
COMMENT ON COLUMN sensitive_field.shown IS 'The fewest characters that a configuration left visible';
COMMENT ON COLUMN sensitive_field.noted_at IS 'When a service last started with a new mark or a narrower mask';
