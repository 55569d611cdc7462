// The clients of the suite in its benchmarks, as plain as those of the bare broker, so that neither side has the
// cheaper ones.
#pragma once

// Publishes the messages that come on standard input, and takes as many facts from one queue and, where ORDERS is
// named, as many orders from the queues ORDERS.0 to ORDERS.7; prints messages a second when all were taken.
//
// Where REPLY_TO is set they are requests, answered there.
//
// A message is its id, its contact and its body, each after its length in four bytes, the highest first.
// usage: load HOST PORT VHOST USER EXCHANGE KEY FACTS [ORDERS TAKER]   with USER's password in PASSWORD and that of
// TAKER, who takes the orders, in TAKER_PASSWORD
int load(int count, char **arguments);
