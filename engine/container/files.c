/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/container/files.c - the small files a container is given */
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

/* What the networks answered about DNS. */
static int
network_resolvers(const ppc_ctr_state *s, ppc_str *out)
{
    size_t i, k;
    int found = 0;

    for (i = 0; i < pp_json_len(s->network_status); i++) {
        const pp_json *dns =
            pp_json_get(pp_json_at(s->network_status, i), "dns");
        const pp_json *servers = pp_json_get(dns, "nameservers");
        PP_AUTO(ppc_strv_free) char **search =
            pp_json_get_strv(dns, "search");

        add_words(out, "search", ppc_strv_c(search));
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
    const bool host_net = ppc_str_eq(c->net_mode, "host");
    PP_AUTO_STR ppc_str text = PPC_STR_INIT;
    size_t i;

    add_words(&text, "search", ppc_strv_c(c->dns_search));
    for (i = 0; c->dns_server && c->dns_server[i]; i++)
        ppc_str_printf(&text, "nameserver %s\n", c->dns_server[i]);
    add_words(&text, "options", ppc_strv_c(c->dns_option));
    if (!i && !network_resolvers(h->ctr->state, &text) &&
        !copy_resolvers("/etc/resolv.conf", host_net, &text)) {
        ppc_str_clear(&text);
        copy_resolvers("/run/systemd/resolve/resolv.conf", host_net, &text);
    }
    return write_file(h, "resolv.conf", &text, "/etc/resolv.conf", binds,
                      err);
}

static void
add_own_addresses(const ppc_ctr *c, const char *hostname, ppc_str *text)
{
    const pp_json *status = c->state->network_status;
    size_t i, k;

    for (i = 0; i < pp_json_len(status); i++) {
        const pp_json *ips = pp_json_get(pp_json_at(status, i), "ips");

        for (k = 0; k < pp_json_len(ips); k++) {
            const char *cidr =
                pp_json_get_str(pp_json_at(ips, k), "address");

            ppc_str_printf(text, "%.*s\t%s %s\n", (int)strcspn(cidr, "/"),
                           cidr, hostname, c->config->name);
        }
    }
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
