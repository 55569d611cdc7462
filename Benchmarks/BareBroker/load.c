#include "load.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker.h"

struct input {
    const char *exchange, *key, *reply_to;
    struct part { char *bytes; uint32_t length; } (*parts)[3];
    int count;
};

struct taker {
    amqp_connection_state_t connection;
    int count;
    pthread_t thread;
};

// Returns 0 at the end of the input.
static int read_part(struct part *part) {
    unsigned char length[4];
    size_t got = fread(length, 1, sizeof length, stdin);
    if (got == 0) return 0;
    check(got == sizeof length, "reading a length");
    part->length = (uint32_t)length[0] << 24 | length[1] << 16 | length[2] << 8 | length[3];
    part->bytes = malloc(part->length + 1);
    check(fread(part->bytes, 1, part->length, stdin) == part->length, "reading a message");
    return 1;
}

static void read_input(struct input *input) {
    for (int room = 0;; input->count++) {
        if (input->count == room) {
            room = room ? room * 2 : 1024;
            input->parts = realloc(input->parts, room * sizeof *input->parts);
        }
        struct part *parts = input->parts[input->count];
        if (!read_part(&parts[0])) return;
        check(read_part(&parts[1]) && read_part(&parts[2]), "reading a message");
    }
}

static void write_given(struct message *message, int index, const void *context) {
    const struct input *input = context;
    const struct part *id = &input->parts[index][0], *contact = &input->parts[index][1],
                      *body = &input->parts[index][2];
    check(id->length < sizeof message->id && contact->length < sizeof message->contact, "an id this long");
    *message = (struct message){
        .exchange = input->exchange, .key = input->key, .reply_to = input->reply_to,
        .body = {.len = body->length, .bytes = body->bytes}};
    memcpy(message->id, id->bytes, id->length);
    memcpy(message->contact, contact->bytes, contact->length);
}

// What an earlier load left would be taken for this one's.
static void take_from(struct taker *taker, const char *queue) {
    check(amqp_queue_purge(taker->connection, 1, amqp_cstring_bytes(queue)) != NULL, "emptying a queue");
    consume_queue(taker->connection, queue);
}

static void *take_all(void *taker) {
    take(((struct taker *)taker)->connection, ((struct taker *)taker)->count);
    return NULL;
}

int load(int count, char **arguments) {
    check((count == 8 || count == 10) && getenv("PASSWORD") && (count == 8 || getenv("TAKER_PASSWORD")),
          "PASSWORD=... bare-broker load HOST PORT VHOST USER EXCHANGE KEY FACTS [ORDERS TAKER]");
    struct target target = {.host = arguments[1], .port = atoi(arguments[2]), .vhost = arguments[3],
                            .user = arguments[4], .password = getenv("PASSWORD")};
    struct input input = {.exchange = arguments[5], .key = arguments[6], .reply_to = getenv("REPLY_TO")};
    read_input(&input);
    struct publisher publisher = publisher_to(target);
    struct taker takers[2];
    int taker_count = count == 10 ? 2 : 1;
    takers[0] = (struct taker){.connection = connect_to(target), .count = input.count};
    take_from(&takers[0], arguments[7]);
    if (taker_count == 2) {
        target.user = arguments[9];
        target.password = getenv("TAKER_PASSWORD");
        takers[1] = (struct taker){.connection = connect_to(target), .count = input.count};
        for (int number = 0; number < QUEUES; number++) {
            char queue[80];
            snprintf(queue, sizeof queue, "%s.%d", arguments[8], number);
            take_from(&takers[1], queue);
        }
    }
    double start = now();
    for (int index = 0; index < taker_count; index++) {
        pthread_create(&takers[index].thread, NULL, take_all, &takers[index]);
    }
    publish_all(&publisher, input.count, write_given, &input);
    for (int index = 0; index < taker_count; index++) pthread_join(takers[index].thread, NULL);
    printf("%.1f\n", input.count / (now() - start));
    return 0;
}
