/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/runtime/plugins.c - list, inspect and check plugins */
#include <string.h>

#include "core/config/settings.h"
#include "core/util/str.h"
#include "engine/json.h"
#include "engine/runtime/runtime.h"

static const char *const key_types[] = {
    [PP_KEY_STRING] = "string", [PP_KEY_INT] = "int",
    [PP_KEY_BOOL] = "bool",     [PP_KEY_SIZE] = "size",
    [PP_KEY_DURATION] = "duration", [PP_KEY_LIST] = "list",
    [PP_KEY_PATH] = "path",     [PP_KEY_ENUM] = "enum"};

static int
put_str(pp_json *o, const char *key, const char *s)
{
    return pp_json_put(o, key, pp_json_string(s));
}

/* Does the configuration choose this plugin? */
static bool
is_selected(pp_runtime *rt, int kind, const char *name)
{
    char key[32];

    snprintf(key, sizeof key, "%s.driver", ppc_kind_section(kind));
    return !strcmp(pp_settings_str(rt->settings, key), name);
}

/* "version\0summary\0license\0": the n-th. */
static const char *
nth(const ppc_str *s, int n)
{
    size_t at = 0;

    while (n-- && at < s->n)
        at += strlen(s->p + at) + 1;
    return at < s->n ? s->p + at : "";
}

static pp_json *
show_file(pp_runtime *rt, const ppc_plugin_file *f)
{
    PP_AUTO_STR ppc_str text = PPC_STR_INIT;
    pp_json *v = pp_json_object();
    const char *driver = f->kind ? strchr(f->name, '-') + 1 : "";
    char package[64];
    pp_err err = {0};
    int rc = ppc_plugin_describe(f, &text, &err);

    ppc_plugin_package(f->name, package, sizeof package);
    if (put_str(v, "Name", f->name) ||
        put_str(v, "Kind", f->kind ? ppc_kind_section(f->kind) : "") ||
        put_str(v, "Version", rc < 0 ? "" : nth(&text, 0)) ||
        put_str(v, "Summary", rc < 0 ? "" : nth(&text, 1)) ||
        put_str(v, "License", rc < 0 ? "" : nth(&text, 2)) ||
        put_str(v, "Path", f->path) || put_str(v, "Package", package) ||
        put_str(v, "Status", rc < 0 ? err.msg : "ok") ||
        pp_json_put(v, "Selected",
                    pp_json_bool(f->kind &&
                                 is_selected(rt, f->kind, driver)))) {
        pp_json_unref(v);
        return NULL;
    }
    return v;
}

int
pp_plugin_list(pp_runtime *rt, pp_json **out, pp_err *err)
{
    PP_AUTO(pp_json_unref) pp_json *list = pp_json_array();
    ppc_plugin_file *files = NULL;
    size_t n = 0;
    size_t i;
    int rc;

    rc = ppc_plugin_files(pp_settings_list(rt->settings,
                                           "engine.plugin_dirs"),
                          &files, &n, err);
    for (i = 0; rc >= 0 && i < n; i++)
        if (pp_json_add(list, show_file(rt, &files[i])))
            rc = pp_fail(err, PP_E_NOMEM, 0, "no memory for the list");
    ppc_plugin_files_free(files, n);
    if (rc >= 0)
        *out = pp_steal(&list);
    return rc;
}

/* "state-bdb" in its kind; driver points behind the first dash. */
static int
split_name(const char *name, const char **driver)
{
    static const int kinds[] = {PP_KIND_STATE, PP_KIND_FW, PP_KIND_NET};
    size_t i, n;

    for (i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const char *prefix = ppc_kind_prefix(kinds[i]);

        n = strlen(prefix);
        if (!strncmp(name, prefix, n) && name[n] == '-') {
            *driver = name + n + 1;
            return kinds[i];
        }
    }
    return 0;
}

static pp_json *
show_key(const pp_key *k)
{
    pp_json *v = pp_json_object();

    if (put_str(v, "Name", k->name) ||
        put_str(v, "Type", key_types[k->type]) ||
        put_str(v, "Default", k->def) || put_str(v, "Range", k->range) ||
        put_str(v, "Help", k->help)) {
        pp_json_unref(v);
        return NULL;
    }
    return v;
}

static int
put_keys(const pp_plugin *d, pp_json *v)
{
    pp_json *keys = pp_json_array();
    size_t i;

    for (i = 0; d->keys && d->keys[i]; i++)
        if (pp_json_add(keys, show_key(d->keys[i]))) {
            pp_json_unref(keys);
            return -1;
        }
    return pp_json_put(v, "Keys", keys);
}

static int
put_probe(pp_runtime *rt, ppc_plugin *p, const char *name, pp_json *v,
          pp_err *err)
{
    PP_AUTO_STR ppc_str why = PPC_STR_INIT;
    ppc_plugin_dirs dirs = {0};
    pp_json *probe = pp_json_object();
    int score = 0;
    int rc = ppc_runtime_plugin_dirs(rt, name, &dirs, err);

    if (rc >= 0)
        rc = ppc_plugin_probe(p, rt->settings, &dirs, &score, &why, err);
    ppc_runtime_plugin_dirs_free(&dirs);
    if (rc < 0) {
        pp_json_unref(probe);
        return rc;
    }
    if (pp_json_put(probe, "Score", pp_json_int(score)) ||
        put_str(probe, "Why", ppc_str_get(&why)) ||
        pp_json_put(v, "Probe", pp_json_ref(probe)))
        rc = pp_fail(err, PP_E_NOMEM, 0, "no memory for plugin %s", name);
    pp_json_unref(probe);
    return rc;
}

int
pp_plugin_inspect(pp_runtime *rt, const char *name, pp_json **out,
                  pp_err *err)
{
    PP_AUTO(ppc_plugin_free) ppc_plugin *p = NULL;
    PP_AUTO(pp_json_unref) pp_json *v = pp_json_object();
    const char *driver = NULL;
    const pp_plugin *d;
    char package[64];
    char abi[16];
    int kind = split_name(name, &driver);
    int rc;

    if (!kind)
        return pp_fail(err, PP_E_INVAL, 0,
                       "\"%s\" is no name of a plugin: they are state-NAME, "
                       "fw-NAME or net-NAME",
                       name);
    rc = ppc_plugin_load(kind, driver,
                         pp_settings_list(rt->settings, "engine.plugin_dirs"),
                         &p, err);
    if (rc < 0)
        return rc;
    d = ppc_plugin_desc(p);
    ppc_plugin_package(name, package, sizeof package);
    snprintf(abi, sizeof abi, "%u.%u", d->abi_major, d->abi_minor);
    if (put_str(v, "Name", name) ||
        put_str(v, "Kind", ppc_kind_section(kind)) ||
        put_str(v, "Version", d->version) ||
        put_str(v, "Summary", d->summary) ||
        put_str(v, "License", d->license) || put_str(v, "Abi", abi) ||
        put_str(v, "Path", ppc_plugin_path(p)) ||
        put_str(v, "Package", package) ||
        pp_json_put(v, "Selected",
                    pp_json_bool(is_selected(rt, kind, driver))) ||
        put_keys(d, v))
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for plugin %s", name);
    rc = put_probe(rt, p, name, v, err);
    if (rc >= 0)
        *out = pp_steal(&v);
    return rc;
}

/* Bind the section of one kind's chosen driver, which validates it. */
static int
check_section(pp_runtime *rt, int kind, ppc_str *report)
{
    PP_AUTO(ppc_plugin_free) ppc_plugin *p = NULL;
    const pp_config *view = NULL;
    const char *driver;
    char text[64];
    pp_err err = {0};
    int rc;

    snprintf(text, sizeof text, "%s.driver", ppc_kind_section(kind));
    driver = pp_settings_str(rt->settings, text);
    if (!strcmp(driver, "auto"))
        return 0;
    rc = ppc_plugin_load(kind, driver,
                         pp_settings_list(rt->settings, "engine.plugin_dirs"),
                         &p, &err);
    snprintf(text, sizeof text, "%s.%s", ppc_kind_section(kind), driver);
    if (rc >= 0)
        rc = ppc_settings_bind(rt->settings, text, ppc_plugin_desc(p)->keys,
                               &view, &err);
    if (rc < 0)
        ppc_str_printf(report, "%s\n", err.msg);
    return rc;
}

int
pp_config_check(pp_runtime *rt, char **report, pp_err *err)
{
    static const int kinds[] = {PP_KIND_STATE, PP_KIND_FW, PP_KIND_NET};
    PP_AUTO_STR ppc_str text = PPC_STR_INIT;
    size_t i;
    int bad = 0;

    for (i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        bad |= check_section(rt, kinds[i], &text) < 0;
    *report = ppc_str_steal(&text);
    if (!*report)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for a report");
    if (bad)
        return pp_fail(err, PP_E_CONFIG, 0, "the configuration has faults");
    return 0;
}
