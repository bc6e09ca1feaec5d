/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/runtime/state_info.c - facts about the store and its driver
 *
 * The store that counts, whatever the configuration says: this is where one
 * looks when the two differ.  What cannot be read is left out.
 */
#include <polypod/state_admin.h>

#include <dirent.h>
#include <string.h>

#include "core/config/settings.h"
#include "core/util/str.h"
#include "core/util/strv.h"
#include "engine/json.h"
#include "engine/runtime/admin.h"
#include "engine/runtime/authority.h"

static int
put_str(pp_json *o, const char *key, const char *s)
{
    return pp_json_put(o, key, pp_json_string(s));
}

static int
put_int(pp_json *o, const char *key, int64_t n)
{
    return pp_json_put(o, key, pp_json_int(n));
}

static const char *
static_dir(const pp_runtime *rt)
{
    return pp_settings_str(rt->settings, "engine.static_dir");
}

/* What the plugin says of itself: library, generation, and its own facts. */
static int
put_status(ppc_instance *plugin, pp_json *v)
{
    PP_AUTO(pp_json_unref) pp_json *status = NULL;
    PP_AUTO_STR ppc_str text = PPC_STR_INIT;
    const pp_plugin *desc = ppc_plugin_desc(ppc_instance_plugin(plugin));

    if (ppc_instance_status(plugin, &text, NULL) < 0 ||
        pp_json_parse(ppc_str_get(&text), text.n, "status", &status, NULL) < 0)
        status = NULL;
    if (pp_json_has(status, "library") &&
        put_str(v, "Library", pp_json_get_str(status, "library")))
        return -1;
    if (pp_json_has(status, "generation") &&
        put_int(v, "Generation", pp_json_get_i64(status, "generation")))
        return -1;
    return put_str(v, "Version", desc->version) ||
           put_str(v, "Plugin", ppc_plugin_path(ppc_instance_plugin(plugin)));
}

static int
read_schema(ppc_txn *t, void *arg, pp_err *err)
{
    return ppc_schema_read(t, arg, err);
}

static int
put_objects(ppc_state *st, pp_json *v, pp_err *why)
{
    PP_AUTO(pp_json_unref) pp_json *last = NULL;
    PP_AUTO_FREE char *fact = NULL;
    ppc_report r = {NULL};
    int64_t schema = 0;
    int bad = 0;
    int rc = ppc_store_view(&st->store, read_schema, &schema, why);

    if (!rc)
        bad |= put_int(v, "Schema", schema);
    rc = ppc_state_survey(st, &r, why);
    if (rc >= 0)
        bad |= put_int(v, "Containers", (int64_t)r.containers) ||
               put_int(v, "Running", (int64_t)r.running) ||
               put_int(v, "Pods", (int64_t)r.pods) ||
               put_int(v, "Records", (int64_t)r.records) ||
               put_int(v, "Quarantined",
                       (int64_t)ppc_strv_len(ppc_strv_c(r.aside)));
    ppc_report_clear(&r);
    if (ppc_state_meta_get(st, PPC_FACT_CHECK, &fact, NULL) >= 0 && fact &&
        pp_json_parse(fact, strlen(fact), "a fact", &last, NULL) >= 0)
        bad |= pp_json_put(v, "LastCheck", pp_json_ref(last));
    return bad;
}

/* The store itself; the reason why not becomes "Error".  why: it may not be
 * opened now. */
static int
put_store(pp_runtime *rt, const char *driver, pp_err *why, pp_json *v)
{
    PP_AUTO_FREE char *folder = ppc_store_folder(rt, driver);
    PP_AUTO(ppc_instance_close) ppc_instance *plugin = NULL;
    PP_AUTO(ppc_state_free) ppc_state *st = NULL;
    bool exists = folder && !access(folder, F_OK);

    if (put_str(v, "Path", folder) ||
        pp_json_put(v, "Exists", pp_json_bool(exists)))
        return -1;
    if (!exists)
        return put_str(v, "Error", "");
    if (put_int(v, "Size", ppc_dir_size(folder)))
        return -1;
    if (!why->code && !ppc_admin_driver(rt, driver, NULL, &plugin, &st, why) &&
        (put_status(plugin, v) || put_objects(st, v, why)))
        return -1;
    return put_str(v, "Error", why->msg);
}

static pp_json *
leftover(const char *path, const char *note)
{
    pp_json *v = pp_json_object();

    if (put_str(v, "Path", path) || put_int(v, "Size", ppc_dir_size(path)) ||
        put_str(v, "Note", note)) {
        pp_json_unref(v);
        return NULL;
    }
    return v;
}

static const char *
note_for(const char *name, const ppc_journal *j)
{
    const char *dot = strchr(name, '.');

    if (dot && !strncmp(dot, ".migrated-", 10))
        return "kept by a migration; may be deleted";
    if (dot && !strncmp(dot, ".unused-", 8))
        return "was empty before a migration; may be deleted";
    if (j->from[0] || (dot && !strcmp(dot, ".new")))
        return "of a migration that was not finished; run it again";
    return "a store of another driver, not in use";
}

/* Folders state-* beside the one in use. */
static int
put_leftovers(const pp_runtime *rt, const char *driver, const ppc_journal *j,
              pp_json *v)
{
    PP_AUTO(closedir) DIR *dir = opendir(static_dir(rt));
    pp_json *list = pp_json_array();
    struct dirent *e;
    int bad = 0;

    while (dir && (e = readdir(dir))) {
        PP_AUTO_FREE char *path = NULL;

        if (strncmp(e->d_name, "state-", 6) || !strcmp(e->d_name + 6, driver))
            continue;
        path = ppc_sprintf("%s/%s", static_dir(rt), e->d_name);
        bad |=
            !path || pp_json_add(list, leftover(path, note_for(e->d_name, j)));
    }
    return pp_json_put(v, "Leftovers", list) || bad;
}

static int
put_migration(const ppc_journal *j, pp_json *v)
{
    PP_AUTO(pp_json_unref) pp_json *m = NULL;

    if (!j->from[0])
        return 0;
    m = pp_json_object();
    return put_str(m, "From", j->from) || put_str(m, "To", j->to) ||
           put_str(m, "Since", j->stamp) ||
           pp_json_put(v, "Migration", pp_json_ref(m));
}

int
pp_store_info(pp_runtime *rt, pp_json **out, pp_err *err)
{
    const char *driver = pp_settings_str(rt->settings, "state.driver");
    PP_AUTO(pp_json_unref) pp_json *v = pp_json_object();
    char marker[PPC_DRIVER_MAX + 1] = "";
    ppc_journal journal = {"", "", ""};
    PP_AUTO_FD int gate = -1;
    pp_err why = {0, 0, ""};
    const char *used;
    int rc;

    /* what the marker says holds as long as we are inside */
    if (!rt->valid && !access(static_dir(rt), F_OK))
        gate = ppc_gate_enter(static_dir(rt), false,
                              pp_settings_i64(rt->settings, "state.timeout"),
                              &why);
    /* without a marker that can be read, nobody knows which store counts */
    rc = ppc_marker_read(static_dir(rt), marker, err);
    if (!rc)
        rc = ppc_journal_read(static_dir(rt), &journal, err);
    if (rc < 0)
        return rc;
    used = marker[0] ? marker : driver;
    if (put_str(v, "Driver", used) || put_str(v, "Configured", driver) ||
        put_str(v, "Marker", marker) || put_store(rt, used, &why, v) ||
        put_leftovers(rt, used, &journal, v) || put_migration(&journal, v))
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for a report");
    *out = pp_steal(&v);
    return 0;
}
