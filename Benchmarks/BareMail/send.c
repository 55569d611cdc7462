// The ceiling: plain libcurl, a few connections, one mail after the other on each; nothing is asked and nothing noted.
#define _GNU_SOURCE
#include "mail.h"
#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_CONNECTIONS = 64 };

static char *mail, url[80];
static size_t mail_bytes;
static int left;

// libcurl's default reader takes a FILE; this one a mail that is in memory.
static size_t read_mail(char *target, size_t size, size_t count, void *context) {
    size_t *position = context, length = size * count;
    if (length > mail_bytes - *position) length = mail_bytes - *position;
    memcpy(target, mail + *position, length);
    *position += length;
    return length;
}

static void *send_some(void *unused) {
    (void)unused;
    CURL *handle = curl_easy_init();
    size_t position = 0;
    check(handle != NULL, "starting libcurl");
    curl_easy_setopt(handle, CURLOPT_URL, url);
    curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(handle, CURLOPT_MAIL_FROM, "<news@example.com>");
    curl_easy_setopt(handle, CURLOPT_READFUNCTION, read_mail);
    curl_easy_setopt(handle, CURLOPT_READDATA, &position);
    int number;
    while ((number = __atomic_sub_fetch(&left, 1, __ATOMIC_RELAXED)) >= 0) {
        char address[80];
        snprintf(address, sizeof address, "<contact-%d@example.com>", number);
        struct curl_slist *recipients = curl_slist_append(NULL, address);
        check(recipients != NULL, "naming a recipient");
        curl_easy_setopt(handle, CURLOPT_MAIL_RCPT, recipients);
        position = 0;
        check(curl_easy_perform(handle) == CURLE_OK, "handing a mail over");
        curl_slist_free_all(recipients);
    }
    curl_easy_cleanup(handle);
    return NULL;
}

// Headers, then lines; its end is libcurl's to add.
static void make_mail(int bytes) {
    static const char head[] = "From: News <news@example.com>\r\nSubject: News\r\n\r\n";
    mail_bytes = (size_t)bytes > sizeof head ? (size_t)bytes : sizeof head;
    check((mail = malloc(mail_bytes)) != NULL, "making a mail");
    memset(mail, 'x', mail_bytes);
    for (size_t end = 78; end + 2 <= mail_bytes; end += 78) memcpy(mail + end - 2, "\r\n", 2);
    memcpy(mail, head, sizeof head - 1);
    memcpy(mail + mail_bytes - 2, "\r\n", 2);
}

double send_mails(int port, int mails, int bytes, int connections) {
    pthread_t threads[MOST_CONNECTIONS];
    struct timespec begun, ended;
    check(connections > 0 && connections <= MOST_CONNECTIONS && mails > 0, "a number of mails and connections");
    check(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK, "starting libcurl");
    snprintf(url, sizeof url, "smtp://127.0.0.1:%d/bench", port);
    make_mail(bytes);
    left = mails;
    clock_gettime(CLOCK_MONOTONIC, &begun);
    for (int number = 0; number < connections; number++)
        check(pthread_create(&threads[number], NULL, send_some, NULL) == 0, "starting a thread");
    for (int number = 0; number < connections; number++) pthread_join(threads[number], NULL);
    clock_gettime(CLOCK_MONOTONIC, &ended);
    free(mail);
    return mails / ((double)(ended.tv_sec - begun.tv_sec) + (double)(ended.tv_nsec - begun.tv_nsec) / 1e9);
}
