/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/netconf/conf.c - the folder of networks
 *
 * Read afresh for each operation.  A broken file costs a warning and never
 * the other networks.
 */
#include "netconf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_FILES 1024

typedef struct names {
    char *v[MAX_FILES];
    size_t n;
} names;

static void
names_clear(names *list)
{
    for (size_t i = 0; i < list->n; i++)
        free(list->v[i]);
    list->n = 0;
}

static int
by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool
has_ext(const char *name, const char *ext)
{
    const char *dot = strrchr(name, '.');

    return dot && !strcmp(dot, ext);
}

/* The names of the files in FOLDER with one of these extensions, in byte
 * order; a folder that is not there has none. */
static int
read_folder(const netconf *self, const char *folder, const char *const *exts,
            names *out, cni_why *why)
{
    DIR *d = opendir(folder);

    if (!d && errno == ENOENT)
        return 0;
    if (!d)
        return cni_say(why, PP_E_IO, errno, "cannot open \"%s\"", folder);
    for (struct dirent *e = readdir(d); e; e = readdir(d)) {
        const char *const *ext = exts;

        while (*ext && !has_ext(e->d_name, *ext))
            ext++;
        if (!*ext)
            continue;
        if (out->n == MAX_FILES) {
            note(self, PP_LOG_WARNING, "\"%s\" has more than %d files", folder,
                 MAX_FILES);
            break;
        }
        out->v[out->n] = strdup(e->d_name);
        if (!out->v[out->n]) {
            closedir(d);
            return cni_say(why, PP_E_NOMEM, 0, "no memory to read \"%s\"",
                           folder);
        }
        out->n++;
    }
    closedir(d);
    qsort(out->v, out->n, sizeof(out->v[0]), by_bytes);
    return 0;
}

static int
read_bytes(int fd, const char *path, char **text, size_t *n, cni_why *why)
{
    FREE_AUTO char *buf = malloc(CNI_MAX_FILE + 1);
    size_t have = 0;
    ssize_t got = 1;

    if (!buf)
        return cni_say(why, PP_E_NOMEM, 0, "no memory to read \"%s\"", path);
    while (got != 0 && have <= CNI_MAX_FILE) {
        got = read(fd, buf + have, CNI_MAX_FILE + 1 - have);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return cni_say(why, PP_E_IO, errno, "cannot read \"%s\"", path);
        have += (size_t)got;
    }
    if (have > CNI_MAX_FILE)
        return cni_say(why, PP_E_INVAL, 0, "\"%s\" is larger than 1 MiB", path);
    *text = buf;
    *n = have;
    buf = NULL;
    return 0;
}

/* Never blocks on a FIFO, never reads a device. */
static int
read_json(const char *path, json_object **out, cni_why *why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    FREE_AUTO char *text = NULL;
    const char *bad = NULL;
    struct stat st;
    size_t n = 0;
    int rc = 0;

    if (fd < 0)
        return cni_say(why, PP_E_IO, errno, "cannot open \"%s\"", path);
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        rc = cni_say(why, PP_E_INVAL, 0, "\"%s\" is not a regular file", path);
    else
        rc = read_bytes(fd, path, &text, &n, why);
    close(fd);
    if (rc < 0)
        return rc;
    if (cni_json_parse(text, n, CNI_MAX_DEPTH, out, &bad) < 0)
        return cni_say(why, PP_E_INVAL, 0, "\"%s\" is not JSON: %s", path, bad);
    if (json_object_is_type(*out, json_type_object))
        return 0;
    json_object_put(*out);
    *out = NULL;
    return cni_say(why, PP_E_INVAL, 0, "\"%s\" is not a JSON object", path);
}

/* A single plugin becomes a list of one; takes ONE over. */
static json_object *
wrap_single(json_object *one)
{
    JSON_AUTO json_object *list = json_object_new_object();
    JSON_AUTO json_object *plugins = json_object_new_array();
    json_object *name = cni_json_get(one, "name");
    json_object *version = cni_json_get(one, "cniVersion");
    bool ok = list && plugins;

    if (ok && version)
        ok = cni_json_put(list, "cniVersion", json_object_get(version));
    if (ok && name)
        ok = cni_json_put(list, "name", json_object_get(name));
    if (!cni_json_add(plugins, one) || !ok)
        return NULL;
    if (!cni_json_put(list, "plugins", json_object_get(plugins)))
        return NULL;
    return json_object_get(list);
}

/* FOLDER/NAME, or an error. */
static int
make_path(const char *folder, const char *name, char path[PATH_MAX],
          cni_why *why)
{
    size_t n = strlen(folder);
    const char *slash = n > 0 && folder[n - 1] == '/' ? "" : "/";
    int len = snprintf(path, PATH_MAX, "%s%s%s", folder, slash, name);

    return len >= 0 && len < PATH_MAX
               ? 0
               : cni_say(why, PP_E_INVAL, 0, "\"%.200s\": the path is too long",
                         folder);
}

/* Add the plugin in the file to the list. */
static int
add_plugin(const char *folder, const char *name, json_object *plugins,
           cni_why *why)
{
    char path[PATH_MAX];
    json_object *one = NULL;
    int rc = make_path(folder, name, path, why);

    if (rc == 0)
        rc = read_json(path, &one, why);
    if (rc == 0 && json_object_array_length(plugins) >= CNI_MAX_PLUGINS) {
        json_object_put(one);
        rc = cni_say(why, PP_E_INVAL, 0, "\"%s\" is more than plugin %d", path,
                     CNI_MAX_PLUGINS);
    } else if (rc == 0 && !cni_json_add(plugins, one)) {
        rc = cni_say(why, PP_E_NOMEM, 0, "no memory for \"%s\"", path);
    }
    return rc;
}

/*
 * Since 1.1.0 the plugins of a list may be in files of their own besides, in
 * the folder beside it that is called as the network; they come last.
 */
static int
add_siblings(const netconf *self, const char *source, json_object *root,
             cni_why *why)
{
    static const char *const exts[] = {".conf", NULL};
    __attribute__((cleanup(names_clear))) names files = {.n = 0};
    const char *name = cni_json_str(root, "name");
    json_object *plugins = cni_json_array(root, "plugins");
    char folder[PATH_MAX];
    int version = 0;
    int rc = cni_list_version(root, source, &version, why);

    if (rc < 0 || version < CNI_1_1_0 || !cni_id_valid(name) ||
        cni_json_true(root, "loadOnlyInlinedPlugins"))
        return rc;
    rc = make_path(self->conf_dir, name, folder, why);
    if (rc == 0)
        rc = read_folder(self, folder, exts, &files, why);
    if (rc == 0 && files.n > 0 && !plugins) {
        plugins = json_object_new_array();
        if (!cni_json_put(root, "plugins", plugins))
            rc = cni_say(why, PP_E_NOMEM, 0, "no memory for \"%s\"", source);
    }
    for (size_t i = 0; rc == 0 && i < files.n; i++)
        rc = add_plugin(folder, files.v[i], plugins, why);
    return rc;
}

static int
load_file(const netconf *self, const char *path, const char *name,
          cni_list **out, cni_why *why)
{
    json_object *root = NULL;
    bool single = !has_ext(name, ".conflist");
    int rc = read_json(path, &root, why);

    if (rc < 0)
        return rc;
    if (single && !cni_json_get(root, "type")) {
        bool is_list = cni_json_get(root, "plugins") != NULL;

        json_object_put(root);
        return cni_say(why, PP_E_INVAL, 0, "\"%s\" has no \"type\"%s", path,
                       is_list ? ", a list of plugins belongs into a file "
                                 "that ends in .conflist"
                               : "");
    }
    if (single) {
        root = wrap_single(root);
        if (!root)
            return cni_say(why, PP_E_NOMEM, 0, "no memory for \"%s\"", path);
    }
    json_object *given = cni_json_get(root, "name");
    const char *text = cni_json_str(root, "name");

    /* An empty name stands for the file's. */
    if (((!given && single) || (text && !*text)) &&
        !cni_json_put(root, "name", json_object_new_string(name))) {
        json_object_put(root);
        return cni_say(why, PP_E_NOMEM, 0, "no memory for \"%s\"", path);
    }
    if (!single) {
        rc = add_siblings(self, path, root, why);
        if (rc < 0) {
            json_object_put(root);
            return rc;
        }
    }
    return cni_list_parse(root, path, out, why);
}

/* Takes LIST over; a later network of the same name takes the place. */
static void
keep(const netconf *self, cni_lists *all, cni_list *list)
{
    for (size_t i = 0; i < all->n; i++)
        if (!strcmp(all->v[i]->name, list->name)) {
            note(self, PP_LOG_INFO, "network %s: \"%s\" replaces \"%s\"",
                 list->name, list->source, all->v[i]->source);
            cni_list_free(all->v[i]);
            all->v[i] = list;
            return;
        }
    all->v[all->n++] = list;
}

/*
 * The built-in network is there as long as it is the default one: no file
 * is, but for those of "network create", or the configuration names it.
 */
static bool
wants_builtin(const netconf *self, const cni_lists *all)
{
    bool others = false;

    for (size_t i = 0; i < all->n; i++) {
        if (!strcmp(all->v[i]->name, cni_builtin_name))
            return false;
        others = others || !all->v[i]->extra;
    }
    return self->default_net
               ? !strcmp(self->default_net, cni_builtin_name) || all->n == 0
               : !others;
}

/*
 * All networks of valid files, and the built-in one.
 *
 * out      cleared by the caller, also on failure
 */
int
cni_lists_load(const netconf *self, cni_lists *out, cni_why *why)
{
    static const char *const exts[] = {".conf", ".conflist", ".json", NULL};
    __attribute__((cleanup(names_clear))) names files = {.n = 0};
    int rc = read_folder(self, self->conf_dir, exts, &files, why);

    if (rc < 0)
        return rc;
    out->v = calloc(files.n + 1, sizeof(*out->v));
    if (!out->v)
        return cni_say(why, PP_E_NOMEM, 0, "no memory for the networks");
    for (size_t i = 0; i < files.n; i++) {
        char path[PATH_MAX];
        cni_why bad = {.err = NULL};
        cni_list *list = NULL;

        rc = make_path(self->conf_dir, files.v[i], path, &bad);
        if (rc == 0)
            rc = load_file(self, path, files.v[i], &list, &bad);
        if (rc == 0) {
            keep(self, out, list);
            continue;
        }
        cni_why_log(self, &bad, PP_LOG_WARNING);
        if (!out->skipped[0])
            snprintf(out->skipped, sizeof(out->skipped), "%.255s", bad.text);
    }
    if (!wants_builtin(self, out))
        return 0;
    rc = cni_list_builtin(self, &out->v[out->n], why);
    if (rc == 0)
        out->n++;
    return rc;
}

void
cni_lists_clear(cni_lists *lists)
{
    for (size_t i = 0; i < lists->n; i++)
        cni_list_free(lists->v[i]);
    free(lists->v);
    *lists = (cni_lists){0};
}

/* The name that "" stands for: the configured one, even if it is absent, or
 * the first that was not made to be asked for by name. */
const char *
cni_lists_default(const netconf *self, const cni_lists *lists)
{
    if (self->default_net)
        return self->default_net;
    for (size_t i = 0; i < lists->n; i++)
        if (!lists->v[i]->extra)
            return lists->v[i]->name;
    return "";
}

/* *out is borrowed from LISTS. */
int
cni_lists_find(const netconf *self, const cni_lists *lists, const char *net,
               const cni_list **out, cni_why *why)
{
    const char *name = net && *net ? net : cni_lists_default(self, lists);
    char known[256] = "";
    size_t n = 0;

    for (size_t i = 0; i < lists->n; i++) {
        if (!strcmp(lists->v[i]->name, name)) {
            *out = lists->v[i];
            return 0;
        }
        if (n < sizeof(known))
            n += (size_t)snprintf(known + n, sizeof(known) - n, "%s%s",
                                  i ? ", " : "", lists->v[i]->name);
    }
    if (n >= sizeof(known))
        memcpy(known + sizeof(known) - 4, "...", 4);
    return cni_say(why, PP_E_NOTFOUND, 0,
                   "no %snetwork \"%.64s\" in \"%s\", known are: %s%s%s",
                   net && *net ? "" : "default ", name, self->conf_dir, known,
                   lists->skipped[0] ? "; not understood: " : "",
                   lists->skipped);
}
