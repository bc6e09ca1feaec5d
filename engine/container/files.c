/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/container/files.c - the small files a container is given */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "core/util/file.h"
#include "core/util/log.h"
#include "core/util/str.h"
#include "core/util/strv.h"
#include "engine/container/container.h"
#include "engine/json.h"

#define MAX_HOST_FILE (1 << 20)
#define SHORT_ID 12

static int
write_file(const ppc_held *h, const char *name, const ppc_str *text,
           const char *target, pp_json *binds, pp_err *err)
{
    PP_AUTO_FREE char *path = ppc_sprintf("%s/%s", h->bundle.run, name);
    int rc;

    if (!path || !ppc_str_get(text))
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for %s", target);
    rc = ppc_file_write(path, ppc_str_get(text), text->n, 0644, err);
    if (rc >= 0 && pp_json_put(binds, target, pp_json_string(path)))
        rc = pp_fail(err, PP_E_NOMEM, 0, "no memory for %s", target);
    return rc;
}

static bool
is_loopback(const char *address)
{
    return ppc_str_has_prefix(address, "127.") || !strcmp(address, "::1");
}

/* Copy a host's file without resolvers on its loopback, which a container
 * cannot reach; how many resolvers are left. */
static int
copy_resolvers(const char *path, bool host_net, ppc_str *out)
{
    PP_AUTO_FREE char *text = NULL;
    char address[128];
    char *save = NULL;
    char *line;
    int left = 0;

    if (ppc_file_read(path, MAX_HOST_FILE, &text, NULL, NULL) < 0)
        return 0;
    for (line = strtok_r(text, "\n", &save); line;
         line = strtok_r(NULL, "\n", &save)) {
        if (sscanf(line, "nameserver %127s", address) == 1) {
            if (!host_net && is_loopback(address))
                continue;
            left++;
        }
        ppc_str_printf(out, "%s\n", line);
    }
    return left;
}

static void
add_words(ppc_str *out, const char *keyword, const char *const *words)
{
    if (!words || !*words)
        return;
    ppc_str_puts(out, keyword);
    for (; *words; words++)
        ppc_str_printf(out, " %s", *words);
    ppc_str_putc(out, '\n');
}

/* What the networks answered about DNS under this name, in their order. */
static void
network_words(const ppc_ctr_state *s, const char *what, ppc_str *out)
{
    size_t i, k;

    for (i = 0; i < pp_json_len(s->network_status); i++) {
        const pp_json *words = pp_json_get(
            pp_json_get(pp_json_at(s->network_status, i), "dns"), what);

        for (k = 0; k < pp_json_len(words); k++)
            ppc_str_printf(out, " %s", pp_json_str(pp_json_at(words, k)));
    }
}

/* One line of what was asked for, else of what the networks say (s may be
 * NULL): of several lines a resolver reads the last only. */
static void
add_line(ppc_str *out, const char *keyword, const char *const *asked,
         const ppc_ctr_state *s, const char *const *whats)
{
    PP_AUTO_STR ppc_str words = PPC_STR_INIT;

    add_words(out, keyword, asked);
    if (!s || (asked && *asked))
        return;
    for (; *whats && !words.n; whats++)
        network_words(s, *whats, &words);
    if (words.n)
        ppc_str_printf(out, "%s%s\n", keyword, ppc_str_get(&words));
}

/* The servers that the networks named; how many. */
static size_t
network_resolvers(const ppc_ctr_state *s, ppc_str *out)
{
    size_t i, k, found = 0;

    for (i = 0; i < pp_json_len(s->network_status); i++) {
        const pp_json *servers =
            pp_json_path(pp_json_at(s->network_status, i), "dns.nameservers");

        for (k = 0; k < pp_json_len(servers); k++, found++)
            ppc_str_printf(out, "nameserver %s\n",
                           pp_json_str(pp_json_at(servers, k)));
    }
    return found;
}

static int
write_resolv(const ppc_held *h, pp_json *binds, pp_err *err)
{
    const ppc_ctr_config *c = h->ctr->config;
    /* a domain is the search list of one who has none */
    static const char *const search[] = {"search", "domain", NULL};
    static const char *const options[] = {"options", NULL};
    const bool host_net = ppc_str_eq(c->net_mode, "host");
    /* servers of the user's own are asked in his way */
    const ppc_ctr_state *s =
        c->dns_server && *c->dns_server ? NULL : h->ctr->state;
    PP_AUTO_STR ppc_str text = PPC_STR_INIT;
    size_t i;

    add_line(&text, "search", ppc_strv_c(c->dns_search), s, search);
    for (i = 0; c->dns_server && c->dns_server[i]; i++)
        ppc_str_printf(&text, "nameserver %s\n", c->dns_server[i]);
    add_line(&text, "options", ppc_strv_c(c->dns_option), s, options);
    if (!i && !network_resolvers(h->ctr->state, &text) &&
        !copy_resolvers("/etc/resolv.conf", host_net, &text)) {
        ppc_str_clear(&text);
        copy_resolvers("/run/systemd/resolve/resolv.conf", host_net, &text);
    }
    return write_file(h, "resolv.conf", &text, "/etc/resolv.conf", binds,
                      err);
}

/* The lines of the addresses of one attachment. */
static void
add_addresses(const ppc_ctr *c, const pp_json *att, const char *hostname,
              ppc_str *text)
{
    const pp_json *ips = pp_json_get(att, "ips");
    size_t i;

    for (i = 0; i < pp_json_len(ips); i++) {
        const char *cidr = pp_json_get_str(pp_json_at(ips, i), "address");

        ppc_str_printf(text, "%.*s\t%s %s\n", (int)strcspn(cidr, "/"), cidr,
                       hostname, c->config->name);
    }
}

static void
add_own_addresses(const ppc_ctr *c, const char *hostname, ppc_str *text)
{
    const pp_json *status = c->state->network_status;
    size_t i;

    for (i = 0; i < pp_json_len(status); i++)
        add_addresses(c, pp_json_at(status, i), hostname, text);
}

static int
write_hosts(const ppc_held *h, const char *hostname, pp_json *binds,
            pp_err *err)
{
    const ppc_ctr_config *c = h->ctr->config;
    PP_AUTO_STR ppc_str text = PPC_STR_INIT;
    PP_AUTO_FREE char *host = NULL;
    const char *colon;
    size_t i;

    for (i = 0; c->hosts_add && c->hosts_add[i]; i++) {
        colon = strchr(c->hosts_add[i], ':');
        if (colon)
            ppc_str_printf(&text, "%s\t%.*s\n", colon + 1,
                           (int)(colon - c->hosts_add[i]), c->hosts_add[i]);
    }
    if (ppc_file_read("/etc/hosts", MAX_HOST_FILE, &host, NULL, NULL) < 0)
        ppc_str_puts(&text, "127.0.0.1\tlocalhost\n::1\tlocalhost\n");
    else
        ppc_str_printf(&text, "%s%s", host,
                       *host && host[strlen(host) - 1] != '\n' ? "\n" : "");
    add_own_addresses(h->ctr, hostname, &text);
    return write_file(h, "hosts", &text, "/etc/hosts", binds, err);
}

/* The files of another container, which are about the network they share. */
static int
share_files(const ppc_ctr *other, pp_json *binds, pp_err *err)
{
    static const char *const names[] = {"/etc/resolv.conf", "/etc/hosts"};
    size_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *path =
            pp_json_get_str(other->state->bind_mounts, names[i]);

        if (*path && pp_json_put(binds, names[i], pp_json_string(path)))
            return pp_fail(err, PP_E_NOMEM, 0, "no memory for %s", names[i]);
    }
    return 0;
}

int
ppc_ctr_files(const ppc_held *h, const pp_json *request,
              const ppc_ctr *other, pp_json **bind_mounts, pp_err *err)
{
    PP_AUTO(pp_json_unref) pp_json *binds = pp_json_object();
    const char *wanted = pp_json_get_str(request, "hostname");
    PP_AUTO_STR ppc_str hostname = PPC_STR_INIT;
    PP_AUTO_STR ppc_str empty = PPC_STR_INIT;
    int rc;

    if (!binds)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for mounts");
    if (*wanted)
        ppc_str_puts(&hostname, wanted);
    else
        ppc_str_add(&hostname, h->ctr->config->id, SHORT_ID);
    rc = other ? share_files(other, binds, err) : write_resolv(h, binds, err);
    if (rc >= 0 && !other)
        rc = write_hosts(h, ppc_str_get(&hostname), binds, err);
    ppc_str_putc(&hostname, '\n');
    if (rc >= 0)
        rc = write_file(h, "hostname", &hostname, "/etc/hostname", binds,
                        err);
    if (rc >= 0)
        rc = write_file(h, "containerenv", &empty, "/run/.containerenv",
                        binds, err);
    if (rc >= 0)
        *bind_mounts = pp_steal(&binds);
    return rc;
}

/* Is LINE, of n bytes and without its end, one of LINES? */
static bool
has_line(const char *lines, const char *line, size_t n)
{
    for (; *lines; lines += strcspn(lines, "\n") + 1)
        if (strcspn(lines, "\n") == n && !strncmp(lines, line, n))
            return true;
    return false;
}

/* TEXT without the lines of OURS, old and new; then those of NOW. */
static void
replace_lines(const char *text, const char *ours, const char *now, ppc_str *out)
{
    while (*text) {
        size_t n = strcspn(text, "\n");

        if (!has_line(ours, text, n)) {
            ppc_str_add(out, text, n);
            ppc_str_putc(out, '\n');
        }
        text += n + (text[n] == '\n');
    }
    ppc_str_puts(out, now);
}

/* In place, since the container has the file itself mounted: never shorter
 * than it will be until all of it is there. */
static int
write_in_place(const char *path, const ppc_str *text, pp_err *err)
{
    PP_AUTO_FD int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);

    if (fd < 0 || !ppc_str_get(text) ||
        ppc_write_all(fd, ppc_str_get(text), text->n) ||
        ftruncate(fd, (off_t)text->n))
        return pp_fail(err, PP_E_IO, errno, "cannot write \"%s\"", path);
    return 0;
}

int
ppc_ctr_hosts_follow(const ppc_held *h, const pp_json *gone, pp_err *err)
{
    PP_AUTO_FREE char *path = ppc_sprintf("%s/hosts", h->bundle.run);
    PP_AUTO_FREE char *name = ppc_sprintf("%s/hostname", h->bundle.run);
    PP_AUTO_FREE char *hostname = NULL;
    PP_AUTO_FREE char *old = NULL;
    PP_AUTO_STR ppc_str now = PPC_STR_INIT;
    PP_AUTO_STR ppc_str ours = PPC_STR_INIT;
    PP_AUTO_STR ppc_str text = PPC_STR_INIT;
    int rc;

    if (!path || !name)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for /etc/hosts");
    rc = ppc_file_read(name, MAX_HOST_FILE, &hostname, NULL, err);
    if (rc >= 0)
        rc = ppc_file_read(path, MAX_HOST_FILE, &old, NULL, err);
    if (rc < 0)
        return rc;
    hostname[strcspn(hostname, "\n")] = '\0';
    add_own_addresses(h->ctr, hostname, &now);
    add_own_addresses(h->ctr, hostname, &ours);
    add_addresses(h->ctr, gone, hostname, &ours);
    if (!ppc_str_get(&now) || !ppc_str_get(&ours))
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for /etc/hosts");
    replace_lines(old, ppc_str_get(&ours), ppc_str_get(&now), &text);
    return write_in_place(path, &text, err);
}
