// What stands beside the suite in its benchmarks: the bare broker, plain librabbitmq and libpq, nothing else.
//
// Without OUT, the ceiling: confirmed publishes by the way of the suite's messages, a topic exchange and a
// consistent-hash exchange, into eight queues of the same kind, consumed and acknowledged by one consumer. With OUT (1
// or 2), what is left to gain: eight workers take the messages in batches, put each batch through the same transaction
// as the service (where DATABASE_URL is set), publish OUT messages for each, the first to one queue, the second to
// eight, and acknowledge; the end is when all of those were taken.
// usage: bare-broker HOST PORT USER VHOST MESSAGES BODY_BYTES [OUT]   with the password in PASSWORD; prints messages a
// second
//        bare-broker load ...   publishes to the suite and takes from it, see load.h
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#include "broker.h"
#include "load.h"
#include "transaction.h"

static struct target target;
static int messages, outgoing;
static char input[60], output[2][60];
// The exchanges behind the first and the last of them, with the partitions' queues.
static char input_hash[64], orders_hash[64];
static const char *database_url;
static atomic_int left;

struct consumer {
    amqp_connection_state_t connection;
    pthread_t thread;
};

static void *take_all(void *consumer) {
    take(((struct consumer *)consumer)->connection, messages);
    return NULL;
}

static struct consumer start_consumer(const char *exchange, int queues) {
    struct consumer consumer = {.connection = connect_to(target)};
    for (int number = 0; number < queues; number++) consume(consumer.connection, exchange, number);
    return consumer;
}

// All that has arrived, at most a prefetch; waits for the first a moment. Returns how many, and the last one's tag.
static int next_batch(amqp_connection_state_t connection, int numbers[], uint64_t *tag) {
    int count = 0;
    while (count < PREFETCH) {
        struct timeval patience = {0, count ? 0 : 100000};
        amqp_envelope_t envelope;
        amqp_maybe_release_buffers(connection);
        amqp_rpc_reply_t reply = amqp_consume_message(connection, &envelope, &patience, 0);
        if (reply.reply_type != AMQP_RESPONSE_NORMAL) {
            check(reply.library_error == AMQP_STATUS_TIMEOUT, "consuming");
            break;
        }
        // The id ends with the number, in twelve digits.
        char digits[13] = "";
        memcpy(digits, (char *)envelope.message.properties.message_id.bytes + 24, 12);
        numbers[count++] = atoi(digits);
        *tag = envelope.delivery_tag;
        amqp_destroy_envelope(&envelope);
    }
    return count;
}

// What is published for each of the numbered messages: one to each of the exchanges.
struct numbered {
    const char *exchanges[2];
    int exchange_count;
    const int *numbers;
    amqp_bytes_t body;
};

static void write_numbered(struct message *message, int index, const void *context) {
    const struct numbered *numbered = context;
    int number = numbered->numbers[index / numbered->exchange_count];
    *message = (struct message){
        .exchange = numbered->exchanges[index % numbered->exchange_count], .key = "bench", .body = numbered->body};
    snprintf(message->id, sizeof message->id, "00000000-0000-7000-8000-%012d", number);
    snprintf(message->contact, sizeof message->contact, "contact-%d", number % KEYS);
}

static amqp_bytes_t body_of(size_t bytes) {
    return (amqp_bytes_t){.len = bytes, .bytes = memset(malloc(bytes), 'a', bytes)};
}

static void *work(void *argument) {
    int partition = (int)(long)argument, numbers[PREFETCH];
    amqp_connection_state_t connection = connect_to(target);
    struct publisher publisher = publisher_to(target);
    PGconn *database = database_url ? open_database(database_url) : NULL;
    struct numbered made = {{output[0], output[1]}, outgoing, numbers, body_of(450)};
    consume(connection, input_hash, partition);
    while (atomic_load(&left) > 0) {
        uint64_t tag = 0;
        int count = next_batch(connection, numbers, &tag);
        if (count == 0) continue;
        if (database) transact(database, partition, outgoing, numbers, count);
        publish_all(&publisher, count * outgoing, write_numbered, &made);
        check(amqp_basic_ack(connection, 1, tag, 1) == 0, "acknowledging");
        atomic_fetch_sub(&left, count);
    }
    return NULL;
}

static int *counting(int count) {
    int *numbers = malloc(count * sizeof *numbers);
    for (int number = 0; number < count; number++) numbers[number] = number;
    return numbers;
}

static double measure(size_t body_bytes) {
    struct publisher publisher = publisher_to(target);
    declare_partitions(publisher.connection, input, input_hash);
    declare_topic(publisher.connection, output[0]);
    declare_partitions(publisher.connection, output[1], orders_hash);
    pthread_t workers[QUEUES];
    for (long number = 0; outgoing && number < QUEUES; number++) {
        pthread_create(&workers[number], NULL, work, (void *)number);
    }
    struct consumer consumers[2];
    int consumer_count = outgoing ? outgoing : 1;
    if (!outgoing) consumers[0] = start_consumer(input_hash, QUEUES);
    if (outgoing > 0) consumers[0] = start_consumer(output[0], 1);
    if (outgoing > 1) consumers[1] = start_consumer(orders_hash, QUEUES);
    struct numbered given = {{input}, 1, counting(messages), body_of(body_bytes)};
    double start = now();
    for (int index = 0; index < consumer_count; index++) {
        pthread_create(&consumers[index].thread, NULL, take_all, &consumers[index]);
    }
    publish_all(&publisher, messages, write_numbered, &given);
    for (int index = 0; index < consumer_count; index++) pthread_join(consumers[index].thread, NULL);
    double seconds = now() - start;
    for (int number = 0; outgoing && number < QUEUES; number++) pthread_join(workers[number], NULL);
    delete_partitions(publisher.connection, input, input_hash);
    delete_topic(publisher.connection, output[0]);
    delete_partitions(publisher.connection, output[1], orders_hash);
    return seconds;
}

int main(int count, char **arguments) {
    if (count > 1 && strcmp(arguments[1], "load") == 0) return load(count - 1, arguments + 1);
    check((count == 7 || count == 8) && getenv("PASSWORD"),
          "PASSWORD=... bare-broker HOST PORT USER VHOST MESSAGES BODY_BYTES [OUT]");
    target = (struct target){.host = arguments[1], .port = atoi(arguments[2]), .user = arguments[3],
                             .vhost = arguments[4], .password = getenv("PASSWORD")};
    messages = atoi(arguments[5]);
    outgoing = count == 8 ? atoi(arguments[7]) : 0;
    check(outgoing >= 0 && outgoing <= 2, "OUT beyond 2");
    atomic_init(&left, messages);
    long id = (long)time(NULL);
    snprintf(input, sizeof input, "crm.bench-%ld", id);
    snprintf(output[0], sizeof output[0], "crm.bench-facts-%ld", id);
    snprintf(output[1], sizeof output[1], "crm.bench-orders-%ld", id);
    snprintf(input_hash, sizeof input_hash, "%s.in", input);
    snprintf(orders_hash, sizeof orders_hash, "%s.in", output[1]);
    database_url = outgoing ? getenv("DATABASE_URL") : NULL;
    if (database_url) prepare_tables(database_url);
    printf("%.0f\n", messages / measure(atoi(arguments[6])));
    return 0;
}
