/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/cmd_logs.c - polypod logs: what a container has written
 */
#include <time.h>

#include "commands.h"
#include "refs.h"
#include "value.h"

typedef struct logs_values {
    bool follow;
    bool latest;
    bool names;
    bool timestamps;
    int64_t tail;
    char *since;
    char *until;
} logs_values;

static const cli_flag flags[] = {
    {"follow", 'f', CLI_BOOL, offsetof(logs_values, follow), NULL, NULL,
     "Go on until the container has ended"},
    {"latest", 'l', CLI_BOOL, offsetof(logs_values, latest), NULL, NULL,
     "Show the log of the newest container"},
    {"names", 'n', CLI_BOOL, offsetof(logs_values, names), NULL, NULL,
     "Begin each line with the name of the container"},
    {"since", 0, CLI_STR, offsetof(logs_values, since), "TIME", NULL,
     "Show lines from this time on"},
    {"tail", 0, CLI_INT, offsetof(logs_values, tail), "N", "-1",
     "Show the last N lines; -1: all"},
    {"timestamps", 't', CLI_BOOL, offsetof(logs_values, timestamps), NULL, NULL,
     "Begin each line with its time"},
    {"until", 0, CLI_STR, offsetof(logs_values, until), "TIME", NULL,
     "Show lines up to this time"},
    {NULL, 0, 0, 0, NULL, NULL, NULL}};

static const cli_todo todo[] = {{"color", 0}, {"details", 0}, {NULL, 0}};

/* One call of the command, for each container */
typedef struct job {
    const logs_values *v;
    pp_logs_options options;
} job;

typedef struct sink {
    const logs_values *v;
    const char *ref;
    bool inside[3]; /* a stream's line has begun */
} sink;

static void
print_prefix(FILE *out, const sink *s, int64_t time)
{
    time_t seconds = time / INT64_C(1000000000);
    char date[32] = "";
    char zone[8] = "";
    struct tm tm;

    if (s->v->names)
        fprintf(out, "%s ", s->ref);
    if (!s->v->timestamps || !localtime_r(&seconds, &tm))
        return;
    strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
    strftime(zone, sizeof(zone), "%z", &tm);
    fprintf(out, "%s.%09lld%.3s:%s ", date,
            (long long)(time % INT64_C(1000000000)), zone, zone + 3);
}

static int
print_line(void *arg, const pp_log_line *line)
{
    sink *s = arg;
    int stream = line->stream == 2 ? 2 : 1;
    FILE *out = stream == 2 ? stderr : stdout;

    if (!s->inside[stream])
        print_prefix(out, s, line->time);
    fwrite(line->text, 1, (size_t)line->n, out);
    s->inside[stream] = line->partial;
    if (!line->partial)
        putc('\n', out);
    if (s->v->follow)
        fflush(out);
    return ferror(out);
}

static int
logs_one(cli *c, const char *ref, const void *arg, pp_err *err)
{
    const job *j = arg;
    pp_logs_options o = j->options;
    sink s = {.v = j->v, .ref = ref};
    int rc;

    o.arg = &s;
    rc = pp_container_logs(c->rt, ref, &o, err);
    if (s.inside[1])
        putchar('\n');
    if (s.inside[2])
        putc('\n', stderr);
    return rc < 0 ? rc : 1;
}

static int
read_time(const char *flag, const char *text, int64_t *out, pp_err *err)
{
    struct timespec now = {0};
    int rc;

    if (!text)
        return 0;
    clock_gettime(CLOCK_REALTIME, &now);
    rc = cli_value_time(text,
                        (int64_t)now.tv_sec * INT64_C(1000000000) + now.tv_nsec,
                        out, err);
    return rc < 0 ? pp_wrap(err, rc, "--%s \"%s\"", flag, text) : 0;
}

static int
run(cli *c, const void *values, const cli_args *args)
{
    const logs_values *v = values;
    const cli_refs_options which = {.latest = v->latest};
    job j = {.v = v,
             .options = {.struct_size = sizeof(j.options),
                         .follow = v->follow,
                         .tail = v->tail < 0 ? -1 : v->tail,
                         .line = print_line}};
    CLI_AUTO(cli_list_clear) cli_list refs = {NULL, 0};
    pp_err err = {0};
    int rc = read_time("since", v->since, &j.options.since, &err);

    if (rc == 0)
        rc = read_time("until", v->until, &j.options.until, &err);
    if (rc == 0)
        rc = cli_refs_collect(c, &which, args, &refs, &err);
    if (rc < 0)
        return cli_fail(rc, &err);
    return cli_refs_each(c, &refs, logs_one, &j);
}

const cli_cmd cli_cmd_logs = {
    .name = "logs",
    .args = "CONTAINER...",
    .summary = "Show the output of containers",
    .about = "Prints what containers have written, to standard output or "
             "standard error as they did.\n\n"
             "A TIME is a time of RFC 3339, a date, seconds since the epoch, "
             "or a duration back from now such as 10m.",
    .examples = "polypod logs -f web\npolypod logs -t --tail 20 --since 1h "
                "web",
    .flags = flags,
    .todo = todo,
    .values_size = sizeof(logs_values),
    .max_args = -1,
    .bits = CLI_CMD_LOOKS,
    .run = run,
};
