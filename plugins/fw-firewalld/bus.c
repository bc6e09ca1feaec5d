/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugins/fw-firewalld/bus.c - one private connection, and calls that end
 *
 * Requests go to firewalld's unique name: a firewalld that is replaced in the
 * middle of an op makes the op fail, and the bus never starts one for us.
 */
#include "fwd.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <time.h>

#define NAME "org.fedoraproject.FirewallD1"
#define PATH "/org/fedoraproject/FirewallD1"
#define DAEMON "org.freedesktop.DBus"

static int64_t
now_us(void)
{
    struct timespec ts = {0, 0};

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * INT64_C(1000000) + ts.tv_nsec / 1000;
}

static double
seconds(const struct fwd *fwd)
{
    return (double)fwd->timeout / 1e9;
}

static int
fail_connect(const struct fwd_bus *b, int rc, pp_err *err)
{
    if (rc == -ETIMEDOUT)
        return pp_host_fail(b->fwd->host, err, PP_E_TIMEOUT, 0,
                            "the D-Bus daemon at \"%.200s\" did not answer "
                            "within %.1f s",
                            b->fwd->bus, seconds(b->fwd));
    return pp_host_fail(
        b->fwd->host, err, rc == -ENOMEM ? PP_E_NOMEM : PP_E_UNAVAIL, -rc,
        "no D-Bus daemon at \"%.200s\", so no firewalld", b->fwd->bus);
}

/* Connecting and greeting, within the time of one answer. */
static int
connect_bus(struct fwd_bus *b)
{
    int64_t end = now_us() + b->fwd->timeout / 1000;
    int rc = sd_bus_new(&b->bus);

    if (rc >= 0)
        rc = sd_bus_set_address(b->bus, b->fwd->bus);
    if (rc >= 0)
        rc = sd_bus_set_bus_client(b->bus, 1);
    if (rc >= 0)
        rc = sd_bus_start(b->bus);
    while (rc >= 0 && sd_bus_is_ready(b->bus) <= 0) {
        int64_t left = end - now_us();

        if (left <= 0)
            return -ETIMEDOUT;
        rc = sd_bus_process(b->bus, NULL);
        if (rc == 0)
            rc = sd_bus_wait(b->bus, (uint64_t)left);
    }
    return rc;
}

/* Ask the daemon about NAME for one value.  returns  as sd_bus_call() */
static int
ask_daemon(struct fwd_bus *b, const char *member, const char *name,
           sd_bus_error *e, sd_bus_message **reply)
{
    sd_bus_message *m = NULL;
    int rc = sd_bus_message_new_method_call(
        b->bus, &m, DAEMON, "/org/freedesktop/DBus", DAEMON, member);

    if (rc >= 0)
        rc = sd_bus_message_append(m, "s", name);
    if (rc >= 0)
        rc = sd_bus_call(b->bus, m, (uint64_t)b->fwd->timeout / 1000, e, reply);
    sd_bus_message_unref(m);
    return rc;
}

static int
find_peer(struct fwd_bus *b, pp_err *err)
{
    sd_bus_error e = SD_BUS_ERROR_NULL;
    sd_bus_message *reply = NULL;
    const char *name = NULL;
    bool absent = false;
    int rc = ask_daemon(b, "GetNameOwner", NAME, &e, &reply);

    if (rc >= 0)
        rc = sd_bus_message_read(reply, "s", &name);
    if (rc > 0 && strlen(name) < sizeof(b->peer))
        snprintf(b->peer, sizeof(b->peer), "%s", name);
    absent = sd_bus_error_has_name(&e, DAEMON ".Error.NameHasNoOwner") > 0;
    sd_bus_error_free(&e);
    sd_bus_message_unref(reply);
    if (absent || (rc >= 0 && !b->peer[0]))
        return pp_host_fail(b->fwd->host, err, PP_E_UNAVAIL, 0,
                            "firewalld is not running on the bus \"%.200s\"; "
                            "start it, or use another firewall driver",
                            b->fwd->bus);
    return rc < 0 ? fail_connect(b, rc, err) : 0;
}

/* A daemon that does not tell the process is no reason to fail. */
static int
check_peer(struct fwd_bus *b, pp_err *err)
{
    sd_bus_message *reply = NULL;
    uint32_t pid = 0;
    int rc = ask_daemon(b, "GetConnectionUnixProcessID", b->peer, NULL, &reply);

    if (rc >= 0)
        rc = sd_bus_message_read(reply, "u", &pid);
    sd_bus_message_unref(reply);
    if (rc == -ETIMEDOUT)
        return fail_connect(b, rc, err);
    return rc > 0 ? fwd_ns_check(b, pid, err) : 0;
}

int
fwd_bus_open(struct fwd_bus *b, const struct fwd *fwd, pp_err *err)
{
    int rc = 0;

    *b = (struct fwd_bus){.fwd = fwd};
    rc = connect_bus(b);
    rc = rc < 0 ? fail_connect(b, rc, err) : find_peer(b, err);
    if (rc == 0)
        rc = check_peer(b, err);
    if (rc < 0)
        fwd_bus_close(b);
    return rc;
}

/* Without waiting for anything that is still to be sent. */
void
fwd_bus_close(struct fwd_bus *b)
{
    b->bus = sd_bus_close_unref(b->bus);
}

int
fwd_bus_new(struct fwd_bus *b, const char *interface, const char *member,
            sd_bus_message **m, pp_err *err)
{
    char name[80];
    int rc = 0;

    snprintf(name, sizeof(name), NAME "%s%s", *interface ? "." : "", interface);
    rc = sd_bus_message_new_method_call(b->bus, m, b->peer, PATH, name, member);
    return rc < 0 ? fwd_bus_garbled(b, member, -rc, err) : 0;
}

int
fwd_bus_garbled(const struct fwd_bus *b, const char *what, int sys, pp_err *err)
{
    return pp_host_fail(b->fwd->host, err, sys == ENOMEM ? PP_E_NOMEM : PP_E_IO,
                        sys, "firewalld, %s: a message cannot be made or read",
                        what);
}

/* Is the code of "CODE: text" or "CODE" one of those, with blanks between? */
static bool
is_code(const char *message, const char *codes)
{
    size_t n = strcspn(message, ": ");

    for (; codes && *codes; codes += strspn(codes, " ")) {
        size_t len = strcspn(codes, " ");

        if (len == n && !strncmp(codes, message, n))
            return true;
        codes += len;
    }
    return false;
}

/* What firewalld says, without its line ends. */
static void
one_line(const char *message, char *text, size_t size)
{
    size_t n = 0;

    for (; *message && n + 1 < size; message++) {
        unsigned char c = (unsigned char)*message;

        if (c >= ' ')
            text[n++] = (char)c;
        else if (n > 0 && text[n - 1] != ' ')
            text[n++] = ' ';
    }
    while (n > 0 && text[n - 1] == ' ')
        n--;
    text[n] = '\0';
}

static int
fail_refused(const struct fwd_bus *b, const char *member, const sd_bus_error *e,
             pp_err *err)
{
    const char *message = e->message ? e->message : e->name;
    const pp_host *host = b->fwd->host;
    char text[400];

    one_line(message, text, sizeof(text));
    if (is_code(message, "INVALID_IPV"))
        return pp_host_fail(host, err, PP_E_NOTSUP, 0,
                            "firewalld has no iptables for direct rules "
                            "(%s): install iptables and restart firewalld, "
                            "or use the firewall driver nftables",
                            text);
    if (is_code(message, "NOT_AUTHORIZED ACCESS_DENIED") ||
        strstr(e->name, "NotAuthorized") || strstr(e->name, "AccessDenied"))
        return pp_host_fail(host, err, PP_E_PERM, 0,
                            "firewalld does not let us do %s: %s", member,
                            text);
    if (strstr(e->name, ".ServiceUnknown") || strstr(e->name, ".NameHasNo"))
        return pp_host_fail(host, err, PP_E_UNAVAIL, 0,
                            "firewalld ended in the middle of %s; when it "
                            "runs again, restore the rules with \"polypod "
                            "firewall sync\"",
                            member);
    return pp_host_fail(host, err, PP_E_IO, 0, "firewalld refused %s: %s%s",
                        member, text,
                        is_code(message, "COMMAND_FAILED")
                            ? "; what another program flushed, \"polypod "
                              "firewall sync\" makes again"
                            : "");
}

static int
fail_call(const struct fwd_bus *b, const char *member, int rc, pp_err *err)
{
    if (rc == -ETIMEDOUT)
        return pp_host_fail(b->fwd->host, err, PP_E_TIMEOUT, 0,
                            "firewalld did not answer %s within %.1f s; if "
                            "it does so late, \"polypod firewall sync\" puts "
                            "the rules right",
                            member, seconds(b->fwd));
    return pp_host_fail(b->fwd->host, err, PP_E_UNAVAIL, -rc,
                        "lost the connection to firewalld in the middle of "
                        "%s; restore the rules with \"polypod firewall sync\"",
                        member);
}

/*
 * Ask and wait for the answer.  M is used up.  TOLERATE: codes of firewalld's
 * that are no failure, with blanks between.
 *
 * returns  FWD_DONE, *REPLY the caller's if wanted | FWD_TOLERATED | -PP_E_*
 */
int
fwd_bus_ask(struct fwd_bus *b, sd_bus_message *m, const char *tolerate,
            sd_bus_message **reply, pp_err *err)
{
    char member[40];
    sd_bus_error e = SD_BUS_ERROR_NULL;
    sd_bus_message *r = NULL;
    int64_t end = now_us() + b->fwd->timeout / 1000;
    int rc = sd_bus_call(b->bus, m, (uint64_t)b->fwd->timeout / 1000, &e, &r);

    snprintf(member, sizeof(member), "%s", sd_bus_message_get_member(m));
    sd_bus_message_unref(m);
    if (rc >= 0) {
        if (reply)
            *reply = r;
        else
            sd_bus_message_unref(r);
        return FWD_DONE;
    }
    /* who ends without an answer is told by the same number as who is late */
    if (rc == -ETIMEDOUT && now_us() < end)
        rc = -ECONNRESET;
    if (rc != -ETIMEDOUT && e.message && is_code(e.message, tolerate))
        rc = FWD_TOLERATED;
    else if (rc == -ETIMEDOUT || !e.name ||
             sd_bus_error_has_names(&e, SD_BUS_ERROR_NO_REPLY,
                                    SD_BUS_ERROR_DISCONNECTED) > 0)
        rc = fail_call(b, member, rc, err);
    else
        rc = fail_refused(b, member, &e, err);
    sd_bus_error_free(&e);
    return rc;
}

/* A property that is a string; VALUE is its text, cut to SIZE. */
int
fwd_bus_property(struct fwd_bus *b, const char *path, const char *interface,
                 const char *name, char *value, size_t size, pp_err *err)
{
    sd_bus_message *m = NULL;
    sd_bus_message *reply = NULL;
    const char *text = NULL;
    char full[80];
    char where[80];
    int rc = 0;

    snprintf(full, sizeof(full), NAME "%s", interface);
    snprintf(where, sizeof(where), PATH "%s", path);
    rc = sd_bus_message_new_method_call(
        b->bus, &m, b->peer, where, "org.freedesktop.DBus.Properties", "Get");
    if (rc >= 0)
        rc = sd_bus_message_append(m, "ss", full, name);
    if (rc < 0) {
        sd_bus_message_unref(m);
        return fwd_bus_garbled(b, name, -rc, err);
    }
    rc = fwd_bus_ask(b, m, NULL, &reply, err);
    if (rc < 0)
        return rc;
    rc = sd_bus_message_read(reply, "v", "s", &text);
    if (rc >= 0)
        snprintf(value, size, "%s", text);
    sd_bus_message_unref(reply);
    return rc < 0 ? fwd_bus_garbled(b, name, -rc, err) : 0;
}
