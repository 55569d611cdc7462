// The batch transaction of a web form, as plain libpq does it.
#pragma once
#include <libpq-fe.h>

// Tables of their own, empty.
void prepare_tables(const char *url);
// A connection with the statements prepared.
PGconn *open_database(const char *url);
// One transaction over the numbered messages, with the statements that the service has: lock the partition, look for
// what was seen, load the contacts, save inbox, contacts, history, `outgoing` outbox rows each, where the second is a
// mail's order also confirmations and addresses; delete the outbox rows of the batch before it.
void transact(PGconn *database, int partition, int outgoing, const int numbers[], int count);
