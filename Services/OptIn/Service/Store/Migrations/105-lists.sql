-- Most contacts are on no list; they need no entry in the index of lists.

DROP INDEX contact_lists;
CREATE INDEX contact_lists ON contact USING gin (lists) WITH (fastupdate = off) WHERE lists <> '{}';
