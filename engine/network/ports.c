/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/network/ports.c - published ports: parse them, hold them */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "core/util/str.h"
#include "engine/json.h"
#include "engine/network/network.h"
#include "engine/oci/oci.h"

/* More would exhaust the descriptors of conmon. */
#define MAX_RESERVED 512

typedef struct range {
    int64_t first;
    int64_t count;
} range;

/* "80" or "80-90" */
static int
parse_range(const char *text, range *r)
{
    char buf[16];
    const char *dash = strchr(text, '-');
    int64_t last;

    if (!dash) {
        r->count = 1;
        return ppc_parse_i64(text, 1, 65535, &r->first);
    }
    if ((size_t)(dash - text) >= sizeof buf)
        return -1;
    memcpy(buf, text, (size_t)(dash - text));
    buf[dash - text] = '\0';
    if (ppc_parse_i64(buf, 1, 65535, &r->first) ||
        ppc_parse_i64(dash + 1, r->first, 65535, &last))
        return -1;
    r->count = last - r->first + 1;
    return 0;
}

static bool
is_address(const char *text)
{
    unsigned char raw[16];

    return inet_pton(AF_INET, text, raw) == 1 ||
           inet_pton(AF_INET6, text, raw) == 1;
}

/* Cut "IP:" off the front, "[v6]:" too: 0, or -1 when it is no address. */
static int
take_host_ip(char **text, char **ip)
{
    char *sep;

    *ip = NULL;
    if (**text == '[') {
        sep = strstr(*text, "]:");
        if (!sep)
            return -1;
        *ip = *text + 1;
        *sep = '\0';
        *text = sep + 2;
        return is_address(*ip) ? 0 : -1;
    }
    sep = strchr(*text, ':');
    if (!sep || !strchr(sep + 1, ':'))
        return 0; /* [HOST:]CTR */
    *ip = *text;
    *sep = '\0';
    *text = sep + 1;
    if (!**ip)
        *ip = NULL;
    return !*ip || is_address(*ip) ? 0 : -1;
}

static int
add_mapping(pp_json *list, const char *ip, const range *host,
            const range *ctr, const char *proto)
{
    pp_json *m = pp_json_object();

    if (pp_json_put(m, "hostPort", pp_json_int(host->first)) ||
        pp_json_put(m, "containerPort", pp_json_int(ctr->first)) ||
        pp_json_put(m, "protocol", pp_json_string(proto)) ||
        pp_json_put(m, "hostIP", pp_json_string(ip)) ||
        pp_json_put(m, "range", pp_json_int(ctr->count))) {
        pp_json_unref(m);
        return -PP_E_NOMEM;
    }
    return pp_json_add(list, m);
}

/* A port nobody listens on just now. */
static int
pick_port(int64_t *port)
{
    struct sockaddr_in sin = {.sin_family = AF_INET};
    socklen_t len = sizeof sin;
    PP_AUTO_FD int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&sin, sizeof sin) ||
        getsockname(fd, (struct sockaddr *)&sin, &len))
        return -1;
    *port = ntohs(sin.sin_port);
    return 0;
}

static int
parse_one(const char *spec, pp_json *list, pp_err *err)
{
    PP_AUTO_FREE char *copy = strdup(spec);
    const char *proto = "tcp";
    range host = {0, 0};
    range ctr = {0, 0};
    char *text = copy;
    char *ip = NULL;
    char *sep;

    if (!copy)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for port \"%s\"", spec);
    sep = strrchr(text, '/');
    if (sep) {
        *sep = '\0';
        proto = sep + 1;
    }
    if (strcmp(proto, "tcp") && strcmp(proto, "udp") && strcmp(proto, "sctp"))
        return pp_fail(err, PP_E_INVAL, 0,
                       "published port \"%s\": the protocol must be tcp, udp "
                       "or sctp",
                       spec);
    if (take_host_ip(&text, &ip))
        return pp_fail(err, PP_E_INVAL, 0,
                       "published port \"%s\": the host address is none",
                       spec);
    sep = strrchr(text, ':');
    if (sep)
        *sep = '\0';
    if (parse_range(sep ? sep + 1 : text, &ctr) ||
        (sep && *text && parse_range(text, &host)))
        return pp_fail(err, PP_E_INVAL, 0,
                       "published port \"%s\": ports are 1 to 65535, as "
                       "[[IP:]HOST:]CONTAINER[/PROTOCOL]",
                       spec);
    if (!host.count) {
        if (ctr.count != 1 || pick_port(&host.first))
            return pp_fail(err, PP_E_INVAL, 0,
                           "published port \"%s\": give host ports for a "
                           "range",
                           spec);
        host.count = 1;
    }
    if (host.count != ctr.count)
        return pp_fail(err, PP_E_INVAL, 0,
                       "published port \"%s\": the ranges differ in length",
                       spec);
    if (add_mapping(list, ip ? ip : "", &host, &ctr, proto))
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for port \"%s\"", spec);
    return 0;
}

/* Two mappings of one container that want the same host port. */
static int
check_overlap(const pp_json *list, pp_err *err)
{
    size_t n = pp_json_len(list);
    size_t i, j;

    for (i = 0; i < n; i++)
        for (j = 0; j < i; j++) {
            const pp_json *a = pp_json_at(list, i);
            const pp_json *b = pp_json_at(list, j);
            int64_t pa = pp_json_get_i64(a, "hostPort");
            int64_t pb = pp_json_get_i64(b, "hostPort");
            const char *ia = pp_json_get_str(a, "hostIP");
            const char *ib = pp_json_get_str(b, "hostIP");

            if (strcmp(pp_json_get_str(a, "protocol"),
                       pp_json_get_str(b, "protocol")) ||
                pa >= pb + pp_json_get_i64(b, "range") ||
                pb >= pa + pp_json_get_i64(a, "range") ||
                (*ia && *ib && strcmp(ia, ib)))
                continue;
            return pp_fail(err, PP_E_INVAL, 0,
                           "host port %lld/%s is published twice",
                           (long long)(pa > pb ? pa : pb),
                           pp_json_get_str(a, "protocol"));
        }
    return 0;
}

int
ppc_ports_parse(const char *const *publish, pp_json **out, pp_err *err)
{
    PP_AUTO(pp_json_unref) pp_json *list = pp_json_array();
    int rc;

    if (!list)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for ports");
    for (; publish && *publish; publish++) {
        rc = parse_one(*publish, list, err);
        if (rc < 0)
            return rc;
    }
    rc = check_overlap(list, err);
    if (rc < 0)
        return rc;
    *out = pp_steal(&list);
    return 0;
}

ppc_port
ppc_port_read(const pp_json *m)
{
    const char *proto = pp_json_get_str(m, "protocol");
    const char *ip = pp_json_get_str(m, "hostIP");

    return (ppc_port){
        .proto = !strcmp(proto, "udp")    ? IPPROTO_UDP
                 : !strcmp(proto, "sctp") ? IPPROTO_SCTP
                                          : IPPROTO_TCP,
        .host_port = (uint16_t)pp_json_get_i64(m, "hostPort"),
        .container_port = (uint16_t)pp_json_get_i64(m, "containerPort"),
        .count = (uint16_t)pp_json_get_i64(m, "range"),
        .host_ip = *ip ? ip : NULL,
    };
}

/* A descriptor bound to the port, or negative. */
static int
hold(const char *ip, int64_t port, const char *proto, pp_err *err)
{
    const bool v6 = strchr(ip, ':') != NULL;
    const int on = 1;
    const int type = strcmp(proto, "udp") ? SOCK_STREAM : SOCK_DGRAM;
    const int number = strcmp(proto, "sctp") ? 0 : IPPROTO_SCTP;
    struct sockaddr_in sin = {.sin_family = AF_INET,
                              .sin_port = htons((uint16_t)port)};
    struct sockaddr_in6 sin6 = {.sin6_family = AF_INET6,
                                .sin6_port = htons((uint16_t)port)};
    PP_AUTO_FD int low = -1;
    int fd;
    int rc;

    low = socket(v6 ? AF_INET6 : AF_INET, type | SOCK_CLOEXEC, number);
    if (low < 0 && (errno == EPROTONOSUPPORT || errno == ESOCKTNOSUPPORT))
        return -PP_E_NOTSUP; /* no such protocol here: nobody can take it */
    fd = low < 0 ? -1 : fcntl(low, F_DUPFD_CLOEXEC, PPC_CONMON_FIRST_FD);
    if (fd < 0)
        return pp_fail(err, PP_E_IO, errno, "cannot make a socket");
    /* connections of the last run must not keep the port from this one; it
     * does not make a port of two listeners */
    if (type == SOCK_STREAM)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (v6) /* that address alone */
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (*ip)
        inet_pton(v6 ? AF_INET6 : AF_INET, ip,
                  v6 ? (void *)&sin6.sin6_addr : (void *)&sin.sin_addr);
    rc = v6 ? bind(fd, (struct sockaddr *)&sin6, sizeof sin6)
            : bind(fd, (struct sockaddr *)&sin, sizeof sin);
    if (!rc && type == SOCK_STREAM)
        rc = listen(fd, 1);
    if (!rc)
        return fd;
    rc = pp_fail(err, errno == EADDRINUSE ? PP_E_PORTINUSE : PP_E_INVAL,
                 errno, "cannot publish host port %s%s%lld/%s", ip,
                 *ip ? ":" : "", (long long)port, proto);
    close(fd);
    return rc;
}

void
ppc_ports_release(int *fds, size_t n)
{
    while (n--)
        close(fds[n]);
    free(fds);
}

int
ppc_ports_reserve(const ppc_ctr_config *c, int **fds, size_t *n, pp_err *err)
{
    size_t len = pp_json_len(c->port_mappings);
    int *list = calloc(MAX_RESERVED, sizeof *list);
    size_t count = 0;
    size_t i;
    int fd;

    if (!list)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for ports");
    for (i = 0; i < len; i++) {
        const pp_json *m = pp_json_at(c->port_mappings, i);
        int64_t first = pp_json_get_i64(m, "hostPort");
        int64_t last = first + pp_json_get_i64(m, "range");

        for (; first < last && count < MAX_RESERVED; first++) {
            fd = hold(pp_json_get_str(m, "hostIP"), first,
                      pp_json_get_str(m, "protocol"), err);
            if (fd == -PP_E_NOTSUP)
                continue;
            if (fd < 0) {
                ppc_ports_release(list, count);
                return fd;
            }
            list[count++] = fd;
        }
    }
    *fds = list;
    *n = count;
    return 0;
}

static bool
is_any(const char *ip)
{
    return !ip || !strcmp(ip, "0.0.0.0") || !strcmp(ip, "::");
}

static bool
clash(const ppc_port *a, const ppc_port *b)
{
    if (a->proto != b->proto || a->host_port >= b->host_port + b->count ||
        b->host_port >= a->host_port + a->count)
        return false;
    return is_any(a->host_ip) || is_any(b->host_ip) ||
           !strcmp(a->host_ip, b->host_ip);
}

bool
ppc_ports_clash(const pp_json *a, const pp_json *b)
{
    size_t i, k;

    for (i = 0; i < pp_json_len(a); i++)
        for (k = 0; k < pp_json_len(b); k++) {
            const ppc_port x = ppc_port_read(pp_json_at(a, i));
            const ppc_port y = ppc_port_read(pp_json_at(b, k));

            if (clash(&x, &y))
                return true;
        }
    return false;
}
