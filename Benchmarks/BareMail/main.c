// A mail server that does nothing, and the ceiling: what plain libcurl hands over to it.
// usage: bare-mail take PORT MAILS             takes mails; prints a line "MAILS BYTES" each time so many came; ends with its standard input
//        bare-mail send PORT MAILS BYTES CONNECTIONS   hands mails of so many bytes over; prints mails a second
// Both on 127.0.0.1, without TLS.
#define _GNU_SOURCE
#include "mail.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void check(int is_fine, const char *what) {
    if (is_fine) return;
    fprintf(stderr, "bare-mail: %s failed\n", what);
    exit(1);
}

int main(int count, char **arguments) {
    signal(SIGPIPE, SIG_IGN);
    if (count == 4 && strcmp(arguments[1], "take") == 0) take_mails(atoi(arguments[2]), atol(arguments[3]));
    check(count == 6 && strcmp(arguments[1], "send") == 0, "take PORT MAILS | send PORT MAILS BYTES CONNECTIONS");
    printf("%.0f\n", send_mails(atoi(arguments[2]), atoi(arguments[3]), atoi(arguments[4]), atoi(arguments[5])));
    return 0;
}
