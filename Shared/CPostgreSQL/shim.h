#ifndef ASSENT_CPOSTGRESQL_SHIM_H
#define ASSENT_CPOSTGRESQL_SHIM_H

#if __has_include(<libpq-fe.h>)
#include <libpq-fe.h>
#else
#include <postgresql/libpq-fe.h>
#endif

/* Swift does not import macros that are character literals: the field codes of PQresultErrorField by name. */
static const int assent_diag_severity = PG_DIAG_SEVERITY_NONLOCALIZED;
static const int assent_diag_sqlstate = PG_DIAG_SQLSTATE;
static const int assent_diag_position = PG_DIAG_STATEMENT_POSITION;
static const int assent_diag_table = PG_DIAG_TABLE_NAME;
static const int assent_diag_column = PG_DIAG_COLUMN_NAME;
static const int assent_diag_constraint = PG_DIAG_CONSTRAINT_NAME;

#endif
