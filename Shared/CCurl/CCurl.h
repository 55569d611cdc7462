#pragma once
#include <curl/curl.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>

// Swift cannot call C functions with variable arguments: each kind of option and answer that is used has a name here.

static inline CURLcode assent_curl_set_number(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode assent_curl_set_text(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode assent_curl_set_pointer(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}

// The bytes are copied by libcurl.
static inline CURLcode assent_curl_set_authorities(CURL *handle, const void *bytes, size_t length) {
    struct curl_blob blob = {(void *)bytes, length, CURL_BLOB_COPY};
    return curl_easy_setopt(handle, CURLOPT_CAINFO_BLOB, &blob);
}

typedef size_t (*assent_curl_read)(char *buffer, size_t size, size_t count, void *context);
typedef size_t (*assent_curl_write)(char *bytes, size_t size, size_t count, void *context);
typedef int (*assent_curl_progress)(
    void *context, curl_off_t down_total, curl_off_t down, curl_off_t up_total, curl_off_t up);
typedef int (*assent_curl_opened)(void *context, curl_socket_t socket, curlsocktype purpose);

static inline CURLcode assent_curl_set_reader(CURL *handle, assent_curl_read read, void *context) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_READFUNCTION, read);
    return code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_READDATA, context);
}

static inline CURLcode assent_curl_set_writer(CURL *handle, assent_curl_write write) {
    return curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, write);
}

static inline CURLcode assent_curl_set_progress(CURL *handle, assent_curl_progress progress, void *context) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, progress);
    return code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_XFERINFODATA, context);
}

static inline CURLcode assent_curl_set_opened(CURL *handle, assent_curl_opened opened, void *context) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_SOCKOPTFUNCTION, opened);
    return code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_SOCKOPTDATA, context);
}

typedef int (*assent_curl_closed)(void *context, curl_socket_t socket);

static inline CURLcode assent_curl_set_closed(CURL *handle, assent_curl_closed closed, void *context) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_CLOSESOCKETFUNCTION, closed);
    return code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_CLOSESOCKETDATA, context);
}

typedef int (*assent_curl_debug)(CURL *handle, curl_infotype kind, char *text, size_t length, void *context);

// Passes every command and answer to `debug`; nothing is printed.
static inline CURLcode assent_curl_set_debug(CURL *handle, assent_curl_debug debug, void *context) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_DEBUGFUNCTION, debug);
    if (code == CURLE_OK) code = curl_easy_setopt(handle, CURLOPT_DEBUGDATA, context);
    return code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_VERBOSE, 1L);
}

// Passes each line of the server's answers to `header`; a callback that returns less than its length ends the transfer.
static inline CURLcode assent_curl_set_header(CURL *handle, assent_curl_write header, void *context) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, header);
    return code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_HEADERDATA, context);
}

static inline CURLcode assent_curl_get_number(CURL *handle, CURLINFO info, long *value) {
    return curl_easy_getinfo(handle, info, value);
}

static inline CURLcode assent_curl_initialize(void) { return curl_global_init(CURL_GLOBAL_DEFAULT); }

// Bytes in the socket's send buffer that were not sent yet (SIOCOUTQNSD, tcp(7)); -1 where ioctl fails.
static inline int assent_unsent_bytes(int socket) {
    int count = 0;
    return ioctl(socket, SIOCOUTQNSD, &count) == 0 ? count : -1;
}
