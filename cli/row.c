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

static const struct {
    const char *field;
    const char *title;
} headers[] = {{"ID", "CONTAINER ID"},
               {"Names", "NAMES"},
               {"Image", "IMAGE"},
               {"Command", "COMMAND"},
               {"Created", "CREATED"},
               {"CreatedAt", "CREATED AT"},
               {"CreatedHuman", "CREATED"},
               {"RunningFor", "RUNNING FOR"},
               {"Status", "STATUS"},
               {"State", "STATE"},
               {"Ports", "PORTS"},
               {"Networks", "NETWORKS"},
               {"Mounts", "MOUNTS"},
               {"Labels", "LABELS"},
               {"Pid", "PID"},
               {"ExitCode", "EXIT CODE"},
               {"Exited", "EXITED"},
               {"StartedAt", "STARTED AT"},
               {"ExitedAt", "EXITED AT"},
               {"Pod", "POD ID"},
               {"IsInfra", "IS INFRA"},
               {"AutoRemove", "AUTO REMOVE"},
               {"Namespace", "NAMESPACE"},
               {"Size", "SIZE"}};

pp_json *
cli_row_headers(void)
{
    pp_json *row = cli_json(pp_json_object());

    for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++)
        cli_json_put(row, headers[i].field, pp_json_string(headers[i].title));
    return row;
}

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

static void
put_text(pp_json *row, const char *field, const char *text)
{
    cli_json_put(row, field, pp_json_string(text));
}

/* Takes over text. */
static void
take_text(pp_json *row, const char *field, char *text)
{
    CLI_AUTO_FREE char *owned = text;

    put_text(row, field, owned);
}

static void
copy(pp_json *row, const pp_json *from, const char *field)
{
    const pp_json *v = pp_json_get(from, field);

    if (v)
        cli_json_put(row, field, pp_json_dup(v));
    else
        pp_json_put_null(row, field);
}

static void
put_command(pp_json *row, const pp_json *container, bool full)
{
    CLI_AUTO_FREE char *text =
        cli_human_join(pp_json_get(container, "Command"), " ");

    if (!full && strlen(text) > SHORT_COMMAND) {
        size_t n = SHORT_COMMAND - 3;

        while (n && ((unsigned char)text[n] & 0xc0) == 0x80)
            n--;
        memcpy(text + n, "...", 4);
    }
    put_text(row, "Command", text);
}

static void
put_status(pp_json *row, const pp_json *container, int64_t now)
{
    const char *state = pp_json_get_str(container, "State");
    CLI_AUTO_FREE char *since = NULL;

    if (strcmp(state, "running") == 0) {
        since = cli_human_duration(now - cli_row_time(container, "StartedAt"));
        take_text(row, "Status", cli_sprintf("Up %s", since));
    } else if (strcmp(state, "exited") == 0 || strcmp(state, "stopped") == 0) {
        since = cli_human_duration(now - cli_row_time(container, "ExitedAt"));
        take_text(row, "Status",
                  cli_sprintf("Exited (%lld) %s ago",
                              (long long)pp_json_get_i64(container, "ExitCode"),
                              since));
    } else if (strcmp(state, "created") == 0 ||
               strcmp(state, "configured") == 0) {
        put_text(row, "Status", "Created");
    } else if (strcmp(state, "paused") == 0) {
        put_text(row, "Status", "Paused");
    } else {
        put_text(row, "Status", state);
    }
    put_text(row, "State", state);
}

static void
put_created(pp_json *row, const pp_json *container, int64_t now)
{
    int64_t created = cli_row_time(container, "Created");
    CLI_AUTO_FREE char *since = cli_human_duration(now - created);
    CLI_AUTO_FREE char *ago = cli_sprintf("%s ago", since);

    put_text(row, "Created", ago);
    put_text(row, "CreatedHuman", ago);
    put_text(row, "RunningFor", ago);
    take_text(row, "CreatedAt", cli_human_time(created));
}

static void
put_labels(pp_json *row, const pp_json *container)
{
    const pp_json *labels = pp_json_get(container, "Labels");

    cli_json_put(row, "Labels",
                 labels ? pp_json_dup(labels) : pp_json_object());
}

/* A container without an image has a root file system's folder. */
static const char *
image_of(const pp_json *container)
{
    const char *image = pp_json_get_str(container, "Image");

    return *image ? image : pp_json_get_str(container, "Rootfs");
}

pp_json *
cli_row_new(const pp_json *container, bool full, int64_t now)
{
    static const char *const plain[] = {"Pid",       "ExitCode", "Exited",
                                        "StartedAt", "ExitedAt", "IsInfra",
                                        "AutoRemove"};
    pp_json *row = cli_json(pp_json_object());
    const char *id = pp_json_get_str(container, "Id");
    CLI_AUTO(cli_buf_clear) cli_buf image = CLI_BUF_INIT;

    take_text(row, "ID",
              cli_dup_n(id, full ? strlen(id) : strnlen(id, SHORT_ID)));
    take_text(row, "Names",
              cli_human_join(pp_json_get(container, "Names"), ","));
    cli_buf_safe(&image, image_of(container));
    put_text(row, "Image", cli_buf_get(&image));
    put_command(row, container, full);
    put_created(row, container, now);
    put_status(row, container, now);
    take_text(row, "Ports", cli_human_ports(pp_json_get(container, "Ports")));
    take_text(row, "Networks",
              cli_human_join(pp_json_get(container, "Networks"), ","));
    take_text(row, "Mounts",
              cli_human_join(pp_json_get(container, "Mounts"), ","));
    put_labels(row, container);
    for (size_t i = 0; i < sizeof(plain) / sizeof(*plain); i++)
        copy(row, container, plain[i]);
    put_text(row, "Pod", pp_json_get_str(container, "Pod"));
    put_text(row, "Namespace", pp_json_get_str(container, "Namespace"));
    put_text(row, "Size", "");
    return row;
}
