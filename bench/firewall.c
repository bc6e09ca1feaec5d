/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench/firewall.c - what the rules of one owner cost, by several ways
 *
 * bench-firewall turns KEY DIR OWNERS ROUNDS WAY...
 *     Rounds in which each way in turn gives one owner of four ports its
 *     rules and takes them, while OWNERS others have theirs.  Samples
 *     KEY.apply and KEY.remove, in microseconds.
 * bench-firewall show PLUGIN DIR [OWNER] -- COMMAND...
 *     Run a command where one owner has rules made by the plugin, or where
 *     only the network has: for what the text of a way is to be.
 * bench-firewall fill PLUGIN DIR OWNERS
 *     Make the rules of so many owners in the present network namespace;
 *     the ports of all follow each other from 10000 on, UDP.
 *
 * WAY  a plugin, "fw-nftables"; "libnftnl" or "libiptc", the bare libraries;
 *      "nft" or "iptables-restore", programs that read DIR/WAY.apply and
 *      DIR/WAY.remove.  Each has a network namespace of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "firewall_int.h"
#include "sample.h"

#define MAX_WAYS 16

/* With the bridge of the network, whose settings a plugin may change. */
static int
new_netns(void)
{
    int fd;

    if (unshare(CLONE_NEWNET))
        bench_die("unshare: %s", strerror(errno));
    fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        bench_die("the network namespace: %s", strerror(errno));
    if (system("ip link add br-bench type bridge") != 0)
        bench_die("cannot make a bridge");
    return fd;
}

static bool
has_ports(const char *plugin)
{
    return strcmp(plugin, "fw-none") != 0;
}

static void
open_firewall(bench_plugin *p, const char *name, const char *dir)
{
    if (strncmp(name, "fw-", 3) != 0)
        bench_die("\"%s\" is no firewall plugin", name);
    bench_plugin_open(p, PP_KIND_FW, name + 3, dir);
}

static void
plugin_change(way *w, bool add)
{
    const pp_fw_ops *ops = w->plugin.ops;
    pp_err err = {0, 0, ""};
    owner o;
    int rc;

    /* any number that none of the others has */
    owner_make(&o, 13000, 13000, has_ports(w->fills));
    rc = add ? ops->apply(w->plugin.self, &o.rules, &err)
             : ops->remove(w->plugin.self, OWNER, &err);
    if (rc < 0)
        bench_die("%s: %s", w->name, err.msg);
}

/* A program, and the wait for it. */
static void
text_change(way *w, bool add)
{
    int status = 0;
    pid_t child = fork();
    int fd;

    if (!child) {
        fd = open(w->text[add ? 0 : 1], O_RDONLY);
        if (fd < 0 || dup2(fd, 0) < 0)
            _exit(126);
        execvp(w->argv[0], (char *const *)(uintptr_t)w->argv);
        _exit(127);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || status)
        bench_die("%s failed with %s", w->argv[0], w->text[add ? 0 : 1]);
}

static char *
text_path(const char *dir, const char *name, const char *what)
{
    char *path = NULL;

    if (asprintf(&path, "%s/%s.%s", dir, name, what) < 0)
        bench_die("no memory");
    return path;
}

static void
way_choose(way *w, const char *name, const char *dir)
{
    static const char *const nft[] = {"nft", "-f", "-", NULL};
    static const char *const restore[] = {"iptables-legacy-restore", "-n",
                                          NULL};

    *w = (way){.name = name, .fills = name, .change = plugin_change};
    if (!strcmp(name, "libnftnl")) {
        w->name = "floor: a bare libnftnl batch";
        w->fills = "fw-nftables";
        w->capture = nftnl_capture;
        w->change = nftnl_change;
        w->forget = nftnl_forget;
    } else if (!strcmp(name, "libiptc")) {
        w->name = "floor: bare libiptc";
        w->fills = "fw-iptables";
        w->capture = iptc_capture;
        w->change = iptc_change;
        w->forget = iptc_forget;
    } else if (!strcmp(name, "nft") || !strcmp(name, "iptables-restore")) {
        bool is_nft = !strcmp(name, "nft");

        w->name = is_nft ? "nft -f" : "iptables-restore -n";
        w->fills = is_nft ? "fw-nftables" : "fw-iptables";
        w->argv = is_nft ? nft : restore;
        w->text[0] = text_path(dir, name, "apply");
        w->text[1] = text_path(dir, name, "remove");
        w->change = text_change;
    }
}

static void
way_enter(const way *w)
{
    if (setns(w->netns, CLONE_NEWNET))
        bench_die("setns: %s", strerror(errno));
}

static void
way_prepare(way *w, const char *dir, unsigned owners)
{
    w->netns = new_netns();
    open_firewall(&w->plugin, w->fills, dir);
    owners_fill(&w->plugin, owners, has_ports(w->fills));
    plugin_change(w, true);
    if (w->capture)
        w->capture(w);
    plugin_change(w, false);
}

static void
way_close(way *w)
{
    if (w->forget)
        w->forget(w);
    bench_plugin_close(&w->plugin);
    free(w->text[0]);
    free(w->text[1]);
    close(w->netns);
}

static void
way_turn(way *w, const char *key, bool add)
{
    char what[64];
    double begin;

    begin = bench_now();
    w->change(w, add);
    snprintf(what, sizeof what, "%s.%s", key, add ? "apply" : "remove");
    bench_sample(what, w->name, bench_now() - begin);
}

static int
turns(int argc, char **argv)
{
    unsigned long rounds, owners, r;
    way ways[MAX_WAYS];
    int n = argc - 4;
    int k;

    if (n < 1 || n > MAX_WAYS)
        return 2;
    owners = strtoul(argv[2], NULL, 10);
    rounds = bench_number(argv[3]);
    for (k = 0; k < n; k++) {
        way_choose(&ways[k], argv[4 + k], argv[1]);
        way_prepare(&ways[k], argv[1], (unsigned)owners);
        /* once, not counted: what is loaded and opened at first use */
        ways[k].change(&ways[k], true);
        ways[k].change(&ways[k], false);
    }
    for (r = 0; r < rounds; r++)
        for (k = 0; k < n; k++) {
            way_enter(&ways[k]);
            way_turn(&ways[k], argv[0], true);
            way_turn(&ways[k], argv[0], false);
        }
    for (k = 0; k < n; k++)
        way_close(&ways[k]);
    return 0;
}

static int
show(int argc, char **argv)
{
    bool with_owner = argc > 2 && strcmp(argv[2], "--") != 0;
    int command = with_owner ? 4 : 3;
    way w;

    if (argc <= command)
        return 2;
    way_choose(&w, argv[0], argv[1]);
    w.netns = new_netns();
    open_firewall(&w.plugin, w.fills, argv[1]);
    owners_fill(&w.plugin, 0, true);
    if (with_owner)
        plugin_change(&w, true);
    execvp(argv[command], argv + command);
    bench_die("%s: %s", argv[command], strerror(errno));
}

static int
fill(int argc, char **argv)
{
    bench_plugin p;

    if (argc != 3)
        return 2;
    open_firewall(&p, argv[0], argv[1]);
    owners_fill(&p, (unsigned)bench_number(argv[2]), has_ports(argv[0]));
    bench_plugin_close(&p);
    return 0;
}

int
main(int argc, char **argv)
{
    if (argc > 2 && !strcmp(argv[1], "turns") && !turns(argc - 2, argv + 2))
        return 0;
    if (argc > 2 && !strcmp(argv[1], "fill") && !fill(argc - 2, argv + 2))
        return 0;
    if (argc > 2 && !strcmp(argv[1], "show"))
        show(argc - 2, argv + 2);
    fprintf(stderr, "usage: see bench/firewall.c\n");
    return 2;
}
