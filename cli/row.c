/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/row.c - a container of the engine's list as "ps" shows it
 */
#include "row.h"

#include <string.h>

#include "human.h"
#include "value.h"

#define SHORT_ID 12
#define SHORT_COMMAND 20

typedef struct source {
    const pp_json *container;
    bool full;
    int64_t now;
} source;

typedef struct column {
    const char *field;
    const char *title;
    pp_json *(*make)(const source *s); /* NULL: the container's own field */
} column;

int64_t
cli_row_time(const pp_json *container, const char *key)
{
    const pp_json *v = pp_json_get(container, key);
    int64_t ns;

    if (pp_json_type(v) == PP_JSON_STRING &&
        cli_value_time(pp_json_str(v), 0, &ns, NULL) == 0)
        return ns / INT64_C(1000000000);
    return pp_json_i64(v);
}

/* Takes over text. */
static pp_json *
take(char *text)
{
    CLI_AUTO_FREE char *owned = text;

    return pp_json_string(owned);
}

static const char *
text_of(const source *s, const char *key)
{
    return pp_json_get_str(s->container, key);
}

static pp_json *
make_id(const source *s)
{
    const char *id = text_of(s, "Id");

    return pp_json_string_n(id, s->full ? strlen(id) : strnlen(id, SHORT_ID));
}

static pp_json *
joined(const source *s, const char *key, const char *between)
{
    return take(cli_human_join(pp_json_get(s->container, key), between));
}

static pp_json *
make_names(const source *s)
{
    return joined(s, "Names", ",");
}

static pp_json *
make_networks(const source *s)
{
    return joined(s, "Networks", ",");
}

static pp_json *
make_mounts(const source *s)
{
    return joined(s, "Mounts", ",");
}

/* A container without an image has a root file system's folder. */
static pp_json *
make_image(const source *s)
{
    CLI_AUTO(cli_buf_clear) cli_buf b = CLI_BUF_INIT;
    const char *image = text_of(s, "Image");

    cli_buf_safe(&b, *image ? image : text_of(s, "Rootfs"));
    return pp_json_string(cli_buf_get(&b));
}

static pp_json *
make_command(const source *s)
{
    char *text = cli_human_join(pp_json_get(s->container, "Command"), " ");

    if (!s->full && strlen(text) > SHORT_COMMAND) {
        size_t n = SHORT_COMMAND - 3;

        while (n && ((unsigned char)text[n] & 0xc0) == 0x80)
            n--;
        memcpy(text + n, "...", 4);
    }
    return take(text);
}

static char *
since(const source *s, const char *key)
{
    return cli_human_duration(s->now - cli_row_time(s->container, key));
}

static pp_json *
make_ago(const source *s)
{
    CLI_AUTO_FREE char *created = since(s, "Created");

    return take(cli_sprintf("%s ago", created));
}

static pp_json *
make_created_at(const source *s)
{
    return take(cli_human_time(cli_row_time(s->container, "Created")));
}

static pp_json *
make_status(const source *s)
{
    const char *state = text_of(s, "State");
    CLI_AUTO_FREE char *when = NULL;

    if (strcmp(state, "running") == 0) {
        when = since(s, "StartedAt");
        return take(cli_sprintf("Up %s", when));
    }
    if (strcmp(state, "exited") == 0 || strcmp(state, "stopped") == 0) {
        when = since(s, "ExitedAt");
        return take(cli_sprintf(
            "Exited (%lld) %s ago",
            (long long)pp_json_get_i64(s->container, "ExitCode"), when));
    }
    if (strcmp(state, "created") == 0 || strcmp(state, "configured") == 0)
        return pp_json_string("Created");
    if (strcmp(state, "paused") == 0)
        return pp_json_string("Paused");
    return pp_json_string(state);
}

static pp_json *
make_state(const source *s)
{
    return pp_json_string(text_of(s, "State"));
}

static pp_json *
make_ports(const source *s)
{
    return take(cli_human_ports(pp_json_get(s->container, "Ports")));
}

static pp_json *
make_labels(const source *s)
{
    const pp_json *labels = pp_json_get(s->container, "Labels");

    return labels ? pp_json_dup(labels) : pp_json_object();
}

static pp_json *
make_pod(const source *s)
{
    return pp_json_string(text_of(s, "Pod"));
}

static pp_json *
make_namespace(const source *s)
{
    return pp_json_string(text_of(s, "Namespace"));
}

static pp_json *
make_size(const source *s)
{
    (void)s;
    return pp_json_string("");
}

static const column columns[] = {{"ID", "CONTAINER ID", make_id},
                                 {"Names", "NAMES", make_names},
                                 {"Image", "IMAGE", make_image},
                                 {"Command", "COMMAND", make_command},
                                 {"Created", "CREATED", make_ago},
                                 {"CreatedAt", "CREATED AT", make_created_at},
                                 {"CreatedHuman", "CREATED", make_ago},
                                 {"RunningFor", "RUNNING FOR", make_ago},
                                 {"Status", "STATUS", make_status},
                                 {"State", "STATE", make_state},
                                 {"Ports", "PORTS", make_ports},
                                 {"Networks", "NETWORKS", make_networks},
                                 {"Mounts", "MOUNTS", make_mounts},
                                 {"Labels", "LABELS", make_labels},
                                 {"Pid", "PID", NULL},
                                 {"ExitCode", "EXIT CODE", NULL},
                                 {"Exited", "EXITED", NULL},
                                 {"StartedAt", "STARTED AT", NULL},
                                 {"ExitedAt", "EXITED AT", NULL},
                                 {"Pod", "POD ID", make_pod},
                                 {"IsInfra", "IS INFRA", NULL},
                                 {"AutoRemove", "AUTO REMOVE", NULL},
                                 {"Namespace", "NAMESPACE", make_namespace},
                                 {"Size", "SIZE", make_size}};

#define N_COLUMNS (sizeof(columns) / sizeof(*columns))

_Static_assert(N_COLUMNS <= 32, "a mask of 32 bits");

uint32_t
cli_row_wants(const cli_template *t)
{
    uint32_t wants = 0;

    for (size_t i = 0; i < N_COLUMNS; i++) {
        if (cli_template_may_use(t, columns[i].field))
            wants |= UINT32_C(1) << i;
    }
    return wants;
}

pp_json *
cli_row_headers(void)
{
    pp_json *row = cli_json(pp_json_object());

    for (size_t i = 0; i < N_COLUMNS; i++)
        cli_json_put(row, columns[i].field, pp_json_string(columns[i].title));
    return row;
}

static pp_json *
make_field(const column *c, const source *s)
{
    const pp_json *v;

    if (c->make)
        return cli_json(c->make(s));
    v = pp_json_get(s->container, c->field);
    return v ? cli_json(pp_json_dup(v)) : NULL;
}

pp_json *
cli_row_new(const pp_json *container, uint32_t wants, bool full, int64_t now)
{
    source s = {.container = container, .full = full, .now = now};
    pp_json *row = cli_json(pp_json_object());

    for (size_t i = 0; i < N_COLUMNS; i++) {
        pp_json *v;

        if (!(wants & UINT32_C(1) << i))
            continue;
        v = make_field(&columns[i], &s);
        if (v)
            cli_json_put(row, columns[i].field, v);
        else
            pp_json_put_null(row, columns[i].field);
    }
    return row;
}
