// The ceiling: what the bare broker does with the same bytes. Plain librabbitmq, confirmed publishes into eight quorum
// queues behind a consistent-hash exchange, consumed and acknowledged by one consumer; nothing else.
// usage: bare-broker HOST PORT USER VHOST MESSAGES BODY_BYTES   with the password in PASSWORD; prints messages a second
#if __has_include(<rabbitmq-c/amqp.h>)
#include <rabbitmq-c/amqp.h>
#include <rabbitmq-c/tcp_socket.h>
#else
#include <amqp.h>
#include <amqp_tcp_socket.h>
#endif
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { QUEUES = 8, WINDOW = 512, PREFETCH = 300, ACK_EVERY = 50, KEYS = 1000 };

static int messages;

static void check(int is_fine, const char *what) {
    if (is_fine) return;
    fprintf(stderr, "bare-broker: %s failed\n", what);
    exit(1);
}

static amqp_connection_state_t open_connection(char **arguments) {
    amqp_connection_state_t connection = amqp_new_connection();
    amqp_socket_t *socket = amqp_tcp_socket_new(connection);
    check(amqp_socket_open(socket, arguments[1], atoi(arguments[2])) == 0, "connecting");
    amqp_rpc_reply_t reply =
        amqp_login(connection, arguments[4], 1, 131072, 0, AMQP_SASL_METHOD_PLAIN, arguments[3], getenv("PASSWORD"));
    check(reply.reply_type == AMQP_RESPONSE_NORMAL, "logging in");
    check(amqp_channel_open(connection, 1) != NULL, "opening a channel");
    return connection;
}

static amqp_table_entry_t text_entry(const char *key, const char *value) {
    amqp_table_entry_t entry = {.key = amqp_cstring_bytes(key)};
    entry.value.kind = AMQP_FIELD_KIND_UTF8;
    entry.value.value.bytes = amqp_cstring_bytes(value);
    return entry;
}

static void declare(amqp_connection_state_t connection, const char *name) {
    amqp_table_entry_t hash = text_entry("hash-header", "partitionkey");
    amqp_table_t of_exchange = {.num_entries = 1, .entries = &hash};
    check(amqp_exchange_declare(connection, 1, amqp_cstring_bytes(name), amqp_cstring_bytes("x-consistent-hash"), 0, 1,
                                0, 0, of_exchange) != NULL, "declaring the exchange");
    amqp_table_entry_t quorum = text_entry("x-queue-type", "quorum");
    amqp_table_t of_queue = {.num_entries = 1, .entries = &quorum};
    for (int number = 0; number < QUEUES; number++) {
        char queue[80];
        snprintf(queue, sizeof queue, "%s.%d", name, number);
        check(amqp_queue_declare(connection, 1, amqp_cstring_bytes(queue), 0, 1, 0, 0, of_queue) != NULL, "declaring");
        check(amqp_queue_bind(connection, 1, amqp_cstring_bytes(queue), amqp_cstring_bytes(name),
                              amqp_cstring_bytes("1"), amqp_empty_table) != NULL, "binding");
    }
}

static void delete_all(amqp_connection_state_t connection, const char *name) {
    for (int number = 0; number < QUEUES; number++) {
        char queue[80];
        snprintf(queue, sizeof queue, "%s.%d", name, number);
        amqp_queue_delete(connection, 1, amqp_cstring_bytes(queue), 0, 0);
    }
    amqp_exchange_delete(connection, 1, amqp_cstring_bytes(name), 0);
}

static void *consume(void *argument) {
    amqp_connection_state_t connection = argument;
    int unacknowledged = 0;
    for (int count = 1; count <= messages; count++) {
        amqp_envelope_t envelope;
        amqp_maybe_release_buffers(connection);
        amqp_rpc_reply_t reply = amqp_consume_message(connection, &envelope, NULL, 0);
        check(reply.reply_type == AMQP_RESPONSE_NORMAL, "consuming");
        if (++unacknowledged == ACK_EVERY || count == messages) {
            check(amqp_basic_ack(connection, 1, envelope.delivery_tag, 1) == 0, "acknowledging");
            unacknowledged = 0;
        }
        amqp_destroy_envelope(&envelope);
    }
    return NULL;
}

static void publish_one(amqp_connection_state_t connection, const char *exchange, int number, amqp_bytes_t body) {
    char id[40], key[40];
    snprintf(id, sizeof id, "00000000-0000-7000-8000-%012d", number);
    snprintf(key, sizeof key, "contact-%d", number % KEYS);
    amqp_table_entry_t header = text_entry("partitionkey", key);
    amqp_basic_properties_t properties = {
        ._flags = AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_MESSAGE_ID_FLAG |
                  AMQP_BASIC_HEADERS_FLAG,
        .content_type = amqp_cstring_bytes("application/cloudevents+json"),
        .delivery_mode = 2,
        .message_id = amqp_cstring_bytes(id),
        .headers = {.num_entries = 1, .entries = &header}};
    check(amqp_basic_publish(connection, 1, amqp_cstring_bytes(exchange), amqp_cstring_bytes("bench"), 1, 0,
                             &properties, body) == 0, "publishing");
}

static void publish_all(amqp_connection_state_t connection, const char *exchange, amqp_bytes_t body) {
    int sent = 0, confirmed = 0, lowest = 1;
    char *is_confirmed = calloc(messages + 1, 1);
    while (confirmed < messages) {
        while (sent < messages && sent - confirmed < WINDOW) publish_one(connection, exchange, sent++, body);
        amqp_frame_t frame;
        check(amqp_simple_wait_frame(connection, &frame) == 0, "waiting for a confirm");
        if (frame.frame_type == AMQP_FRAME_METHOD && frame.payload.method.id == AMQP_BASIC_ACK_METHOD) {
            amqp_basic_ack_t *ack = frame.payload.method.decoded;
            // Tags come out of order; one with `multiple` covers all below it that are not confirmed yet.
            for (int tag = ack->multiple ? lowest : (int)ack->delivery_tag; tag <= (int)ack->delivery_tag; tag++) {
                confirmed += !is_confirmed[tag];
                is_confirmed[tag] = 1;
            }
            while (lowest <= messages && is_confirmed[lowest]) lowest++;
        }
        amqp_maybe_release_buffers(connection);
    }
    free(is_confirmed);
}

int main(int count, char **arguments) {
    check(count == 7 && getenv("PASSWORD"), "PASSWORD=... bare-broker HOST PORT USER VHOST MESSAGES BODY_BYTES");
    messages = atoi(arguments[5]);
    size_t length = atoi(arguments[6]);
    char name[40];
    snprintf(name, sizeof name, "crm.bench-%ld", (long)time(NULL));
    amqp_connection_state_t publisher = open_connection(arguments), consumer = open_connection(arguments);
    declare(publisher, name);
    check(amqp_confirm_select(publisher, 1) != NULL, "selecting confirms");
    check(amqp_basic_qos(consumer, 1, 0, PREFETCH, 0) != NULL, "setting the prefetch");
    for (int number = 0; number < QUEUES; number++) {
        char queue[80];
        snprintf(queue, sizeof queue, "%s.%d", name, number);
        check(amqp_basic_consume(consumer, 1, amqp_cstring_bytes(queue), amqp_empty_bytes, 0, 0, 0, amqp_empty_table)
                  != NULL, "subscribing");
    }
    amqp_bytes_t body = {.len = length, .bytes = memset(malloc(length), 'a', length)};
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    pthread_t thread;
    pthread_create(&thread, NULL, consume, consumer);
    publish_all(publisher, name, body);
    pthread_join(thread, NULL);
    clock_gettime(CLOCK_MONOTONIC, &end);
    delete_all(publisher, name);
    printf("%.0f\n", messages / (end.tv_sec - start.tv_sec + (end.tv_nsec - start.tv_nsec) / 1e9));
    return 0;
}
