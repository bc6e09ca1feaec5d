/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/human.c - times, ports and foreign text for people to read
 */
#include "human.h"

#include <string.h>
#include <time.h>

#define MINUTE INT64_C(60)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

char *
cli_human_duration(int64_t seconds)
{
    static const struct {
        int64_t below;
        int64_t unit;
        const char *name;
    } steps[] = {{MINUTE, 1, "seconds"},       {HOUR, MINUTE, "minutes"},
                 {2 * DAY, HOUR, "hours"},     {14 * DAY, DAY, "days"},
                 {60 * DAY, 7 * DAY, "weeks"}, {730 * DAY, 30 * DAY, "months"}};

    if (seconds < 1)
        return cli_dup("Less than a second");
    if (seconds == 1)
        return cli_dup("1 second");
    if (seconds >= MINUTE && seconds < 2 * MINUTE)
        return cli_dup("About a minute");
    if (seconds >= HOUR && seconds < 2 * HOUR)
        return cli_dup("About an hour");
    for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
        if (seconds < steps[i].below)
            return cli_sprintf("%lld %s", (long long)(seconds / steps[i].unit),
                               steps[i].name);
    }
    return cli_sprintf("%lld years", (long long)(seconds / (365 * DAY)));
}

char *
cli_human_time(int64_t seconds)
{
    time_t t = seconds;
    char text[64] = "";
    struct tm tm;

    if (localtime_r(&t, &tm))
        strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S %z %Z", &tm);
    return cli_dup(text);
}

/* One row of the display: n ports side by side. */
typedef struct port_run {
    const char *ip;
    const char *protocol;
    int64_t host;
    int64_t container;
    int64_t n;
} port_run;

static void
print_ports(cli_buf *b, int64_t first, int64_t n)
{
    cli_buf_printf(b, "%lld", (long long)first);
    if (n > 1)
        cli_buf_printf(b, "-%lld", (long long)(first + n - 1));
}

static void
print_run(cli_buf *b, const port_run *run)
{
    bool v6 = strchr(run->ip, ':') != NULL;

    if (b->n)
        cli_buf_puts(b, ", ");
    if (run->host) {
        cli_buf_puts(b, v6 ? "[" : "");
        cli_buf_safe(b, *run->ip ? run->ip : "0.0.0.0");
        cli_buf_puts(b, v6 ? "]:" : ":");
        print_ports(b, run->host, run->n);
        cli_buf_puts(b, "->");
    }
    print_ports(b, run->container, run->n);
    cli_buf_putc(b, '/');
    cli_buf_safe(b, *run->protocol ? run->protocol : "tcp");
}

static bool
continues(const port_run *run, const port_run *next)
{
    return run->n > 0 && strcmp(run->ip, next->ip) == 0 &&
           strcmp(run->protocol, next->protocol) == 0 &&
           run->container + run->n == next->container &&
           (run->host ? run->host + run->n == next->host : !next->host);
}

char *
cli_human_ports(const pp_json *ports)
{
    CLI_AUTO(cli_buf_clear) cli_buf b = CLI_BUF_INIT;
    port_run run = {"", "", 0, 0, 0};

    for (size_t i = 0; i < pp_json_len(ports); i++) {
        const pp_json *p = pp_json_at(ports, i);
        port_run next = {
            pp_json_get_str(p, "host_ip"), pp_json_get_str(p, "protocol"),
            pp_json_get_i64(p, "host_port"),
            pp_json_get_i64(p, "container_port"), pp_json_get_i64(p, "range")};

        if (next.n < 1 || next.n > 65535)
            next.n = 1;
        if (continues(&run, &next)) {
            run.n += next.n;
            continue;
        }
        if (run.n)
            print_run(&b, &run);
        run = next;
    }
    if (run.n)
        print_run(&b, &run);
    return cli_buf_steal(&b);
}

void
cli_buf_safe(cli_buf *b, const char *s)
{
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;

        if (c == '\n')
            cli_buf_puts(b, "\\n");
        else if (c == '\t')
            cli_buf_puts(b, "\\t");
        else if (c < 0x20 || c == 0x7f)
            cli_buf_printf(b, "\\x%02x", c);
        else if (c == 0xc2 && (unsigned char)s[1] >= 0x80 &&
                 (unsigned char)s[1] < 0xa0)
            cli_buf_printf(b, "\\x%02x", (unsigned char)*++s);
        else
            cli_buf_putc(b, *s);
    }
}

char *
cli_human_join(const pp_json *array, const char *separator)
{
    CLI_AUTO(cli_buf_clear) cli_buf b = CLI_BUF_INIT;

    for (size_t i = 0; i < pp_json_len(array); i++) {
        if (i)
            cli_buf_puts(&b, separator);
        cli_buf_safe(&b, pp_json_str(pp_json_at(array, i)));
    }
    return cli_buf_steal(&b);
}
