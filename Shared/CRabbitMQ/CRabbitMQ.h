#pragma once

// librabbitmq's headers, and wrappers of the parts that Swift cannot import: variadic functions, macros with casts,
// eventfd.

#if __has_include(<rabbitmq-c/amqp.h>)
#include <rabbitmq-c/amqp.h>
#include <rabbitmq-c/framing.h>
#include <rabbitmq-c/ssl_socket.h>
#include <rabbitmq-c/tcp_socket.h>
#else
#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>
#endif

#include <sys/eventfd.h>

// Swift's Glibc module leaves eventfd out.
static inline int crabbitmq_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

// amqp_login_with_properties takes user and password as variadic arguments. One channel is all this client opens.
static inline amqp_rpc_reply_t crabbitmq_login_plain(amqp_connection_state_t state, const char *virtual_host,
                                                     int frame_max, int heartbeat_seconds,
                                                     const amqp_table_t *properties, const char *user,
                                                     const char *password) {
    return amqp_login_with_properties(state, virtual_host, 1, frame_max, heartbeat_seconds, properties,
                                      AMQP_SASL_METHOD_PLAIN, user, password);
}

enum crabbitmq_method {
    crabbitmq_basic_deliver = 0x003C003C,
    crabbitmq_basic_return = 0x003C0032,
    crabbitmq_basic_get = 0x003C0046,
    crabbitmq_basic_get_ok = 0x003C0047,
    crabbitmq_basic_get_empty = 0x003C0048,
    crabbitmq_basic_ack = 0x003C0050,
    crabbitmq_basic_nack = 0x003C0078,
    crabbitmq_basic_cancel = 0x003C001E,
    crabbitmq_channel_close = 0x00140028,
    crabbitmq_channel_close_ok = 0x00140029,
    crabbitmq_connection_close = 0x000A0032,
    crabbitmq_connection_blocked = 0x000A003C,
    crabbitmq_connection_unblocked = 0x000A003D,
};

_Static_assert(AMQP_BASIC_DELIVER_METHOD == crabbitmq_basic_deliver, "basic.deliver");
_Static_assert(AMQP_BASIC_RETURN_METHOD == crabbitmq_basic_return, "basic.return");
_Static_assert(AMQP_BASIC_GET_METHOD == crabbitmq_basic_get, "basic.get");
_Static_assert(AMQP_BASIC_GET_OK_METHOD == crabbitmq_basic_get_ok, "basic.get-ok");
_Static_assert(AMQP_BASIC_GET_EMPTY_METHOD == crabbitmq_basic_get_empty, "basic.get-empty");
_Static_assert(AMQP_BASIC_ACK_METHOD == crabbitmq_basic_ack, "basic.ack");
_Static_assert(AMQP_BASIC_NACK_METHOD == crabbitmq_basic_nack, "basic.nack");
_Static_assert(AMQP_BASIC_CANCEL_METHOD == crabbitmq_basic_cancel, "basic.cancel");
_Static_assert(AMQP_CHANNEL_CLOSE_METHOD == crabbitmq_channel_close, "channel.close");
_Static_assert(AMQP_CHANNEL_CLOSE_OK_METHOD == crabbitmq_channel_close_ok, "channel.close-ok");
_Static_assert(AMQP_CONNECTION_CLOSE_METHOD == crabbitmq_connection_close, "connection.close");
_Static_assert(AMQP_CONNECTION_BLOCKED_METHOD == crabbitmq_connection_blocked, "connection.blocked");
_Static_assert(AMQP_CONNECTION_UNBLOCKED_METHOD == crabbitmq_connection_unblocked, "connection.unblocked");
