// The mail server: a thread a connection, an answer a line, every mail taken and thrown away.
#define _GNU_SOURCE
#include "mail.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BUFFER = 65536, LINE = 1000 };

static const char END[] = "\r\n.\r\n";
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long every, mails, bytes;

static void count_mail(long length) {
    pthread_mutex_lock(&lock);
    bytes += length;
    if (++mails % every == 0) {
        printf("%ld %ld\n", mails, bytes);
        fflush(stdout);
    }
    pthread_mutex_unlock(&lock);
}

static int answer(int connection, const char *text) {
    ssize_t length = (ssize_t)strlen(text);
    return write(connection, text, (size_t)length) == length;
}

// What a dialogue has come to: in a mail's data, how much of its end was seen; before that, the line so far.
typedef struct {
    int connection, is_data, matched, line_length;
    long length;
    char line[LINE];
} dialogue;

static int take_line(dialogue *talk) {
    talk->line[talk->line_length] = 0;
    talk->line_length = 0;
    if (strncasecmp(talk->line, "DATA", 4) == 0) {
        talk->is_data = 1;
        talk->matched = 2; // the line's own end stands before the first line of data
        talk->length = 0;
        return answer(talk->connection, "354 go on\r\n");
    }
    if (strncasecmp(talk->line, "QUIT", 4) == 0) return answer(talk->connection, "221 bye\r\n") && 0;
    return answer(talk->connection, "250 ok\r\n");
}

static int take_byte(dialogue *talk, char byte) {
    if (!talk->is_data) {
        if (byte == '\n') return take_line(talk);
        if (talk->line_length < LINE - 1) talk->line[talk->line_length++] = byte;
        return 1;
    }
    talk->length++;
    talk->matched = byte == END[talk->matched] ? talk->matched + 1 : byte == END[0];
    if (END[talk->matched]) return 1;
    talk->is_data = 0;
    // Counted once it is answered: who waits for the last one may end this process.
    if (!answer(talk->connection, "250 taken\r\n")) return 0;
    count_mail(talk->length - 3); // less the dot and its line's end
    return 1;
}

static void *serve(void *argument) {
    dialogue talk = {.connection = (int)(intptr_t)argument};
    char *buffer = malloc(BUFFER);
    int yes = 1;
    setsockopt(talk.connection, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    ssize_t received = 1;
    int goes_on = buffer && answer(talk.connection, "220 bench\r\n");
    while (goes_on && (received = read(talk.connection, buffer, BUFFER)) > 0)
        for (ssize_t index = 0; goes_on && index < received; index++) goes_on = take_byte(&talk, buffer[index]);
    free(buffer);
    close(talk.connection);
    return NULL;
}

// Whoever started this process holds its standard input open, and may itself end in any way.
static void *end_with_starter(void *unused) {
    char byte;
    (void)unused;
    while (read(STDIN_FILENO, &byte, 1) > 0) continue;
    exit(0);
}

void take_mails(int port, long count) {
    every = count;
    int server = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    check(server >= 0, "making a socket");
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    check(bind(server, (struct sockaddr *)&here, sizeof here) == 0 && listen(server, 64) == 0, "listening");
    pthread_t watch;
    check(pthread_create(&watch, NULL, end_with_starter, NULL) == 0, "starting a thread");
    printf("0 0\n"); // it may be connected to
    fflush(stdout);
    for (;;) {
        int connection = accept(server, NULL, NULL);
        pthread_t thread;
        check(connection >= 0, "accepting");
        check(pthread_create(&thread, NULL, serve, (void *)(intptr_t)connection) == 0, "starting a thread");
        pthread_detach(thread);
    }
}
