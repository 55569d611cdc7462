#include "transaction.h"

#include <stdio.h>
#include <stdlib.h>

#include "broker.h"

static const char *const tables[] = {
    "DROP SCHEMA IF EXISTS bare CASCADE",
    "CREATE SCHEMA bare",
    "CREATE TABLE bare.partition (number int PRIMARY KEY, next bigint) WITH (fillfactor = 50)",
    "INSERT INTO bare.partition SELECT n, 1 FROM generate_series(0, 7) n",
    "CREATE TABLE bare.inbox (id uuid, source text, hash bytea, PRIMARY KEY (id, source))",
    "CREATE TABLE bare.contact (contact text PRIMARY KEY, status text, since timestamptz, address text, decided text[],"
    " lists text[], mailed_at timestamptz, changes int)",
    "CREATE INDEX ON bare.contact (address)",
    "CREATE TABLE bare.address (hash text PRIMARY KEY, opt_outs int, mailed_at timestamptz)",
    "CREATE TABLE bare.confirmation (id uuid PRIMARY KEY, contact text, state text, expires_at timestamptz)",
    "CREATE INDEX ON bare.confirmation (contact) WHERE state = 'pending'",
    "CREATE TABLE bare.change (contact text, number int, from_status text, to_status text, at timestamptz, by text,"
    " reason text, form text, shown_text text, remote_address text, user_agent text, PRIMARY KEY (contact, number))",
    "CREATE TABLE bare.outbox (partition int, number bigint, id uuid, exchange text, key text, subject text,"
    " created_at timestamptz, body bytea, PRIMARY KEY (partition, number))",
};

enum parameter { PARTITION, IDS, CONTACTS, NUMBERS, OUTGOING, PARAMETERS };

struct step {
    const char *name, *sql;
    enum parameter parameters[3];
    int parameter_count;
    // Only where a form is carried out and a mail goes, the second message out.
    int is_form;
};

static const struct step reading[] = {
    {"lock", "SELECT next FROM bare.partition WHERE number = $1::int FOR UPDATE", {PARTITION}, 1},
    {"seen", "SELECT m.id FROM unnest($1::uuid[]) m (id) CROSS JOIN LATERAL (SELECT hash FROM bare.inbox i"
             " WHERE i.id = m.id AND source = '/crm' LIMIT 1) i", {IDS}, 1},
    {"contacts", "SELECT * FROM bare.contact WHERE contact = ANY ($1::text[])", {CONTACTS}, 1},
    {"pending", "SELECT * FROM bare.confirmation WHERE contact = ANY ($1::text[]) AND state = 'pending'"
                " ORDER BY contact, id", {CONTACTS}, 1, .is_form = 1},
    {"addresses", "SELECT a.* FROM (SELECT unnest($1::text[]) AS hash ORDER BY hash) n CROSS JOIN LATERAL"
                  " (SELECT * FROM bare.address a WHERE a.hash = n.hash LIMIT 1 FOR UPDATE) a", {CONTACTS}, 1, .is_form = 1},
};

static const struct step writing[] = {
    {"inbox", "INSERT INTO bare.inbox SELECT id, '/crm', '\\x00112233445566778899aabbccddeeff'"
              " FROM unnest($1::uuid[]) m (id)", {IDS}, 1},
    {"save", "INSERT INTO bare.contact SELECT c, 'single-opt-in-webform', now(), md5(c), '{}', '{}', now(), 1"
             " FROM unnest($1::text[]) c ON CONFLICT (contact) DO UPDATE SET status = excluded.status,"
             " mailed_at = excluded.mailed_at, changes = bare.contact.changes + 1", {CONTACTS}, 1, .is_form = 1},
    {"confirm", "INSERT INTO bare.confirmation SELECT gen_random_uuid(), c, 'pending', now()"
                " FROM unnest($1::text[]) c", {CONTACTS}, 1, .is_form = 1},
    {"change", "INSERT INTO bare.change SELECT c, 1, 'none', 'single-opt-in-webform', now(), 'contact', 'web-form',"
               " 'newsletter', 'Yes, send me news by e-mail. I can withdraw at any time.', '203.0.113.7',"
               " 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'"
               " FROM unnest($1::text[]) c ON CONFLICT DO NOTHING", {CONTACTS}, 1, .is_form = 1},
    {"address", "INSERT INTO bare.address SELECT md5(c), 0, now() FROM unnest($1::text[]) c"
                " ON CONFLICT (hash) DO UPDATE SET mailed_at = excluded.mailed_at", {CONTACTS}, 1, .is_form = 1},
    // What the batch before it wrote is published, or this one would not have begun.
    {"delete", "DELETE FROM bare.outbox WHERE partition = $1::int", {PARTITION}, 1},
    {"outbox", "INSERT INTO bare.outbox SELECT $2::int, n * 2 + o, gen_random_uuid(), 'facts', 'optin.changed',"
               " 'contact', now(), decode(repeat('61', 450), 'hex')"
               " FROM unnest($1::bigint[]) n, generate_series(1, $3::int) o", {NUMBERS, PARTITION, OUTGOING}, 3},
    {"advance", "UPDATE bare.partition SET next = next + 1 WHERE number = $1::int", {PARTITION}, 1},
};

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

static void run(PGconn *database, const char *sql) {
    PGresult *result = PQexec(database, sql);
    check(PQresultStatus(result) == PGRES_COMMAND_OK, sql);
    PQclear(result);
}

void prepare_tables(const char *url) {
    PGconn *database = PQconnectdb(url);
    check(PQstatus(database) == CONNECTION_OK, "connecting to the database");
    run(database, "SET client_min_messages = error");
    for (int index = 0; index < COUNT(tables); index++) run(database, tables[index]);
    PQfinish(database);
}

static void prepare(PGconn *database, const struct step *steps, int count) {
    for (int index = 0; index < count; index++) {
        PGresult *result = PQprepare(database, steps[index].name, steps[index].sql, 0, NULL);
        check(PQresultStatus(result) == PGRES_COMMAND_OK, steps[index].name);
        PQclear(result);
    }
}

PGconn *open_database(const char *url) {
    PGconn *database = PQconnectdb(url);
    check(PQstatus(database) == CONNECTION_OK, "connecting to the database");
    // As the services' connections: the tables are empty when the statements are planned.
    run(database, "SET enable_seqscan = off");
    run(database, "SET plan_cache_mode = force_generic_plan");
    prepare(database, reading, COUNT(reading));
    prepare(database, writing, COUNT(writing));
    check(PQenterPipelineMode(database), "entering pipeline mode");
    return database;
}

static char *array(const int numbers[], int count, const char *format) {
    char *text = malloc(count * 48 + 3), *end = text;
    for (int index = 0; index < count; index++) {
        *end++ = index ? ',' : '{';
        end += sprintf(end, format, numbers[index]);
    }
    *end++ = '}';
    *end = 0;
    return text;
}

static void send(PGconn *database, const struct step *steps, int count, char *const values[]) {
    for (int index = 0; index < count; index++) {
        if (steps[index].is_form && *values[OUTGOING] == '1') continue;
        const char *bound[3];
        for (int place = 0; place < 3; place++) bound[place] = values[steps[index].parameters[place]];
        check(PQsendQueryPrepared(database, steps[index].name, steps[index].parameter_count, bound, NULL, NULL, 0),
              steps[index].name);
    }
}

static void finish(PGconn *database) {
    check(PQpipelineSync(database), "sending");
    for (ExecStatusType status = PGRES_COMMAND_OK; status != PGRES_PIPELINE_SYNC;) {
        PGresult *result = PQgetResult(database);
        if (!result) continue;
        status = PQresultStatus(result);
        check(status != PGRES_FATAL_ERROR && status != PGRES_PIPELINE_ABORTED, PQresultErrorMessage(result));
        PQclear(result);
    }
}

static char *digit(int number) {
    char *text = malloc(12);
    snprintf(text, 12, "%d", number);
    return text;
}

void transact(PGconn *database, int partition, int outgoing, const int numbers[], int count) {
    char *values[PARAMETERS];
    values[PARTITION] = digit(partition);
    values[OUTGOING] = digit(outgoing);
    values[IDS] = array(numbers, count, "00000000-0000-7000-8000-%012d");
    values[CONTACTS] = array(numbers, count, "contact-%d");
    values[NUMBERS] = array(numbers, count, "%d");
    check(PQsendQueryParams(database, "BEGIN", 0, NULL, NULL, NULL, NULL, 0), "beginning");
    send(database, reading, COUNT(reading), values);
    finish(database);
    send(database, writing, COUNT(writing), values);
    check(PQsendQueryParams(database, "COMMIT", 0, NULL, NULL, NULL, NULL, 0), "committing");
    finish(database);
    for (int index = 0; index < PARAMETERS; index++) free(values[index]);
}
