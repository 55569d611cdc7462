// What the bare programs have in common: connections, queues, confirmed publishes, consumers.
#pragma once
#if __has_include(<rabbitmq-c/amqp.h>)
#include <rabbitmq-c/amqp.h>
#else
#include <amqp.h>
#endif

enum { QUEUES = 8, WINDOW = 512, PREFETCH = 300, ACK_EVERY = 50, KEYS = 1000000, PATIENCE_SECONDS = 60 };

// From the command line.
struct target {
    const char *host, *user, *vhost, *password;
    int port;
};

// Confirmed publishes over one connection.
struct publisher {
    amqp_connection_state_t connection;
    // The account, as the property user_id.
    const char *user;
    // Messages sent so far, which is also the last one's delivery tag.
    long sent;
};

struct message {
    const char *exchange, *key;
    // Where a request is answered; or NULL.
    const char *reply_to;
    char id[40], contact[72];
    amqp_bytes_t body;
};

// Ends the program unless it is fine.
void check(int is_fine, const char *what);

// Seconds on a clock that nobody sets.
double now(void);

amqp_connection_state_t connect_to(struct target target);
struct publisher publisher_to(struct target target);

// An exchange and its queues: a topic exchange before a consistent-hash exchange, `input`, before eight queues with a
// single active consumer, as a service's; or a topic exchange before one queue.
void declare_partitions(amqp_connection_state_t connection, const char *exchange, const char *input);
void declare_topic(amqp_connection_state_t connection, const char *exchange);
void delete_partitions(amqp_connection_state_t connection, const char *exchange, const char *input);
void delete_topic(amqp_connection_state_t connection, const char *exchange);

// Takes from a queue.
void consume_queue(amqp_connection_state_t connection, const char *queue);
// Takes from one of the queues of an exchange.
void consume(amqp_connection_state_t connection, const char *exchange, int number);
// Takes so many messages, and acknowledges them.
void take(amqp_connection_state_t connection, int count);

// Publishes so many messages, each as `write` puts it together, and waits until the broker has confirmed all.
void publish_all(struct publisher *publisher, int count, void write(struct message *, int index, const void *context),
                 const void *context);
