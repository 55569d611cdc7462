#include "broker.h"

#if __has_include(<rabbitmq-c/tcp_socket.h>)
#include <rabbitmq-c/tcp_socket.h>
#else
#include <amqp_tcp_socket.h>
#endif
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { BURST = 128, FRAME_MAX = 131072 };

void check(int is_fine, const char *what) {
    if (is_fine) return;
    fprintf(stderr, "bare-broker: %s failed\n", what);
    exit(1);
}

double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

amqp_connection_state_t connect_to(struct target target) {
    amqp_connection_state_t connection = amqp_new_connection();
    amqp_socket_t *socket = amqp_tcp_socket_new(connection);
    check(amqp_socket_open(socket, target.host, target.port) == 0, "connecting");
    amqp_rpc_reply_t reply = amqp_login(connection, target.vhost, 1, FRAME_MAX, 0, AMQP_SASL_METHOD_PLAIN, target.user,
                                        target.password);
    check(reply.reply_type == AMQP_RESPONSE_NORMAL, "logging in");
    check(amqp_channel_open(connection, 1) != NULL, "opening a channel");
    return connection;
}

struct publisher publisher_to(struct target target) {
    struct publisher publisher = {.connection = connect_to(target), .user = target.user};
    check(amqp_confirm_select(publisher.connection, 1) != NULL, "selecting confirms");
    return publisher;
}

static amqp_table_entry_t text_entry(const char *key, const char *value) {
    amqp_table_entry_t entry = {.key = amqp_cstring_bytes(key)};
    entry.value.kind = AMQP_FIELD_KIND_UTF8;
    entry.value.value.bytes = amqp_cstring_bytes(value);
    return entry;
}

static void declare_exchange(amqp_connection_state_t connection, const char *name, const char *type,
                             amqp_table_t arguments) {
    check(amqp_exchange_declare(connection, 1, amqp_cstring_bytes(name), amqp_cstring_bytes(type), 0, 1, 0, 0,
                                arguments) != NULL, "declaring an exchange");
}

static void declare_queue(amqp_connection_state_t connection, const char *exchange, int number, const char *key,
                          int is_partition) {
    amqp_table_entry_t entries[2] = {text_entry("x-queue-type", "quorum"),
                                     {.key = amqp_cstring_bytes("x-single-active-consumer")}};
    entries[1].value.kind = AMQP_FIELD_KIND_BOOLEAN;
    entries[1].value.value.boolean = 1;
    amqp_table_t arguments = {.num_entries = is_partition ? 2 : 1, .entries = entries};
    char queue[80];
    snprintf(queue, sizeof queue, "%s.%d", exchange, number);
    check(amqp_queue_declare(connection, 1, amqp_cstring_bytes(queue), 0, 1, 0, 0, arguments) != NULL,
          "declaring a queue");
    check(amqp_queue_bind(connection, 1, amqp_cstring_bytes(queue), amqp_cstring_bytes(exchange),
                          amqp_cstring_bytes(key), amqp_empty_table) != NULL, "binding a queue");
}

void declare_partitions(amqp_connection_state_t connection, const char *exchange, const char *input) {
    amqp_table_entry_t hash = text_entry("hash-header", "partitionkey");
    amqp_table_t arguments = {.num_entries = 1, .entries = &hash};
    declare_exchange(connection, exchange, "topic", amqp_empty_table);
    declare_exchange(connection, input, "x-consistent-hash", arguments);
    check(amqp_exchange_bind(connection, 1, amqp_cstring_bytes(input), amqp_cstring_bytes(exchange),
                             amqp_cstring_bytes("bench"), amqp_empty_table) != NULL, "binding an exchange");
    for (int number = 0; number < QUEUES; number++) declare_queue(connection, input, number, "1", 1);
}

void declare_topic(amqp_connection_state_t connection, const char *exchange) {
    declare_exchange(connection, exchange, "topic", amqp_empty_table);
    declare_queue(connection, exchange, 0, "#", 0);
}

static void delete_all(amqp_connection_state_t connection, const char *exchange, int queues) {
    for (int number = 0; number < queues; number++) {
        char queue[80];
        snprintf(queue, sizeof queue, "%s.%d", exchange, number);
        amqp_queue_delete(connection, 1, amqp_cstring_bytes(queue), 0, 0);
    }
    amqp_exchange_delete(connection, 1, amqp_cstring_bytes(exchange), 0);
}

void delete_partitions(amqp_connection_state_t connection, const char *exchange, const char *input) {
    delete_all(connection, input, QUEUES);
    delete_all(connection, exchange, 0);
}

void delete_topic(amqp_connection_state_t connection, const char *exchange) { delete_all(connection, exchange, 1); }

void consume_queue(amqp_connection_state_t connection, const char *queue) {
    check(amqp_basic_qos(connection, 1, 0, PREFETCH, 0) != NULL, "setting the prefetch");
    check(amqp_basic_consume(connection, 1, amqp_cstring_bytes(queue), amqp_empty_bytes, 0, 0, 0, amqp_empty_table)
              != NULL, "subscribing");
}

void consume(amqp_connection_state_t connection, const char *exchange, int number) {
    char queue[80];
    snprintf(queue, sizeof queue, "%s.%d", exchange, number);
    consume_queue(connection, queue);
}

void take(amqp_connection_state_t connection, int count) {
    int unacknowledged = 0;
    for (int taken = 1; taken <= count; taken++) {
        struct timeval patience = {PATIENCE_SECONDS, 0};
        amqp_envelope_t envelope;
        amqp_maybe_release_buffers(connection);
        amqp_rpc_reply_t reply = amqp_consume_message(connection, &envelope, &patience, 0);
        check(reply.reply_type == AMQP_RESPONSE_NORMAL, "consuming");
        if (++unacknowledged == ACK_EVERY || taken == count) {
            check(amqp_basic_ack(connection, 1, envelope.delivery_tag, 1) == 0, "acknowledging");
            unacknowledged = 0;
        }
        amqp_destroy_envelope(&envelope);
    }
}

static void publish(struct publisher *publisher, const struct message *message) {
    amqp_table_entry_t header = text_entry("partitionkey", message->contact);
    amqp_basic_properties_t properties = {
        ._flags = AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_MESSAGE_ID_FLAG |
                  AMQP_BASIC_USER_ID_FLAG | AMQP_BASIC_HEADERS_FLAG,
        .content_type = amqp_cstring_bytes("application/cloudevents+json"),
        .delivery_mode = 2,
        .message_id = amqp_cstring_bytes(message->id),
        .user_id = amqp_cstring_bytes(publisher->user),
        .headers = {.num_entries = 1, .entries = &header}};
    if (message->reply_to) {
        properties._flags |= AMQP_BASIC_REPLY_TO_FLAG;
        properties.reply_to = amqp_cstring_bytes(message->reply_to);
    }
    check(amqp_basic_publish(publisher->connection, 1, amqp_cstring_bytes(message->exchange),
                             amqp_cstring_bytes(message->key), 1, 0, &properties, message->body) == 0, "publishing");
}

// A burst of small frames goes out in full segments.
static void cork(amqp_connection_state_t connection, int is_on) {
    setsockopt(amqp_get_sockfd(connection), IPPROTO_TCP, TCP_CORK, &is_on, sizeof is_on);
}

void publish_all(struct publisher *publisher, int count, void write(struct message *, int index, const void *context),
                 const void *context) {
    int sent = 0, confirmed = 0, lowest = 1;
    long before = publisher->sent;
    char *is_confirmed = calloc(count + 2, 1);
    while (confirmed < count) {
        int room = WINDOW - (sent - confirmed), burst = count - sent < room ? count - sent : room;
        if (burst > BURST) burst = BURST;
        if (burst > 0) {
            cork(publisher->connection, 1);
            for (int end = sent + burst; sent < end; sent++) {
                struct message message;
                write(&message, sent, context);
                publish(publisher, &message);
            }
            cork(publisher->connection, 0);
        }
        int may_send = sent < count && sent - confirmed < WINDOW;
        struct timeval patience = {may_send ? 0 : PATIENCE_SECONDS, 0};
        amqp_frame_t frame;
        int status = amqp_simple_wait_frame_noblock(publisher->connection, &frame, &patience);
        if (status == AMQP_STATUS_TIMEOUT && may_send) continue;
        check(status == 0, "waiting for a confirm");
        if (frame.frame_type == AMQP_FRAME_METHOD && frame.payload.method.id == AMQP_BASIC_ACK_METHOD) {
            amqp_basic_ack_t *ack = frame.payload.method.decoded;
            // Tags come out of order; one with `multiple` covers all below it that are not confirmed yet.
            int last = (int)((long)ack->delivery_tag - before);
            for (int tag = ack->multiple ? lowest : last; tag <= last; tag++) {
                confirmed += !is_confirmed[tag];
                is_confirmed[tag] = 1;
            }
            while (lowest <= count && is_confirmed[lowest]) lowest++;
        }
        amqp_maybe_release_buffers(publisher->connection);
    }
    publisher->sent += count;
    free(is_confirmed);
}
