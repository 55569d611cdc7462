# shellcheck shell=bash
# A private RabbitMQ, with an epmd (Erlang's name server) of its own so that it meets no other on this machine.

broker_folder="$state/broker"
broker_bin=/usr/lib/rabbitmq/bin # Debian's /usr/sbin wrappers would switch to user rabbitmq

# The node is alone behind its epmd, so its name need not be unique; HOME holds its cookie.
broker_environment=(
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 HOME="$broker_folder"
    ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT="$epmd_port"
    RABBITMQ_NODENAME=assent@localhost RABBITMQ_DIST_PORT="$distribution_port"
    RABBITMQ_CONF_ENV_FILE="$broker_folder/none" RABBITMQ_ADVANCED_CONFIG_FILE="$broker_folder/none.config"
    RABBITMQ_CONFIG_FILES="$broker_folder/conf.d" RABBITMQ_ENABLED_PLUGINS_FILE="$broker_folder/enabled_plugins"
    RABBITMQ_GENERATED_CONFIG_DIR="$broker_folder/generated" RABBITMQ_PID_FILE="$broker_folder/pid"
    RABBITMQ_MNESIA_BASE="$broker_folder/data" RABBITMQ_LOG_BASE="$logs" RABBITMQ_LOGS=-
)

prepare_broker() (
    umask 077
    mkdir -p "$broker_folder/conf.d" "$broker_folder/data"
    cp "$operations/broker/enabled_plugins" "$broker_folder/enabled_plugins"
    cp "$operations/broker/rabbitmq.conf" "$broker_folder/conf.d/10-common.conf"
    broker_listeners >"$broker_folder/conf.d/20-local.conf"
    "$operations/broker/render.sh" "$keys" >"$broker_folder/definitions.json"
    # `ctl COMMAND` is rabbitmqctl for this broker.
    printf '#!/bin/sh\nexec %s "$@"\n' "$(printf '%q ' "${broker_environment[@]}" "$broker_bin/rabbitmqctl")" \
        >"$broker_folder/ctl"
    chmod +x "$broker_folder/ctl"
)

broker_listeners() {
    cat <<CONF
listeners.tcp.1 = 127.0.0.1:$amqp_port
management.tcp.ip = 127.0.0.1
management.tcp.port = $management_port
load_definitions = $broker_folder/definitions.json
CONF
    [[ ! -d "$keys/tls" ]] || cat <<CONF
listeners.ssl.1 = 127.0.0.1:$amqps_port
ssl_options.cacertfile = $keys/tls/ca.pem
ssl_options.certfile = $keys/tls/server.pem
ssl_options.keyfile = $keys/tls/server.key
CONF
}

start_epmd() { start epmd env -i PATH="$PATH" epmd -address 127.0.0.1 -port "$epmd_port"; }

# Without an epmd to be found the broker would start one that nobody stops.
epmd_ready() { port_open "$epmd_port"; }

# With "input allowed" the script becomes the Erlang machine itself, so that the pid file names it and not a
# shell before it; -noinput takes the console away again.
start_broker() {
    within 5 epmd_ready || true
    start broker "${broker_environment[@]}" RABBITMQ_ALLOW_INPUT=1 \
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-noinput -kernel inet_dist_use_interface {127,0,0,1}' \
        "$broker_bin/rabbitmq-server"
}

# The listeners open last, when plugins run and the definitions are in.
broker_ready() { port_open "$amqp_port" && port_open "$management_port"; }

port_open() { (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# amqp_url ACCOUNT
amqp_url() { echo "amqp://$1:$(password "amqp.$1")@127.0.0.1:$amqp_port/assent"; }

management_url() { echo "http://monitor:$(password amqp.monitor)@127.0.0.1:$management_port"; }
