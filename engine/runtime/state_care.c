/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/runtime/state_care.c - check, export and import of the store
 *
 * No transaction is open while a file is read or written: an export is
 * complete in memory before its first byte leaves, an import before the
 * store is opened.
 */
#include <polypod/state_admin.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "core/config/settings.h"
#include "core/util/file.h"
#include "core/util/sha256.h"
#include "core/util/sink.h"
#include "core/util/strv.h"
#include "engine/json.h"
#include "engine/runtime/admin.h"
#include "engine/runtime/authority.h"
#include "engine/state/transfer.h"

#define EXPORT_MAX ((size_t)1 << 30)

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

static int
no_memory(pp_err *err)
{
    return pp_fail(err, PP_E_NOMEM, 0, "no memory for a report");
}

static pp_json *
show_finding(const ppc_finding *f)
{
    PP_AUTO_STR ppc_str text = PPC_STR_INIT;
    pp_json *v = pp_json_object();

    ppc_finding_text(f, &text);
    if (put_str(v, "Kind", f->kind) || put_str(v, "Object", f->object) ||
        put_str(v, "Problem", f->problem) || put_str(v, "Remedy", f->remedy) ||
        pp_json_put(v, "Repairable", pp_json_bool(f->repairable)) ||
        pp_json_put(v, "Repaired", pp_json_bool(f->repaired)) ||
        put_str(v, "Text", ppc_str_get(&text))) {
        pp_json_unref(v);
        return NULL;
    }
    return v;
}

static int
show_report(const ppc_report *r, pp_json **out, pp_err *err)
{
    PP_AUTO(pp_json_unref) pp_json *v = pp_json_object();
    pp_json *list = pp_json_array();
    int bad = 0;
    size_t i;

    for (i = 0; i < r->n; i++)
        bad |= pp_json_add(list, show_finding(&r->v[i]));
    if (pp_json_put(v, "Findings", list) || bad ||
        put_int(v, "Open", (int64_t)ppc_report_open(r)) ||
        put_int(v, "Containers", (int64_t)r->containers) ||
        put_int(v, "Pods", (int64_t)r->pods) ||
        put_int(v, "Records", (int64_t)r->records) ||
        pp_json_put(v, "Quarantine", pp_json_strv(ppc_strv_c(r->aside))))
        return no_memory(err);
    *out = pp_steal(&v);
    return 0;
}

/* Is the file itself sound?  The driver knows; its last line says what. */
static int
check_structure(ppc_admin *a, ppc_report *report, pp_err *err)
{
    const pp_state_ops *ops = ppc_instance_ops(a->plugin);
    struct pp_sink sink = {PPC_STR_INIT, 0};
    ppc_finding f = {.kind = "structure",
                     .remedy = "export what can be read, and import it into "
                               "a new store"};
    pp_err why = {0, 0, ""};
    int rc;

    if (!ops->check)
        return 0;
    rc = ops->check(ppc_instance_self(a->plugin), 0, &sink, &why);
    ppc_sink_clear(&sink);
    if (rc != -PP_E_CORRUPT && rc != -PP_E_RECOVER) {
        if (rc < 0 && err)
            *err = why;
        return rc < 0 ? ppc_admin_wrap(a->rt, rc, err) : 0;
    }
    f.object = strdup("the store");
    f.problem = strdup(why.msg);
    return ppc_report_add(report, &f, err);
}

int
pp_store_check(pp_runtime *rt, uint32_t flags, pp_json **out, pp_err *err)
{
    PP_AUTO_ADMIN ppc_admin a = PPC_ADMIN_INIT;
    ppc_report report = {NULL}, structure = {NULL};
    size_t i;
    int rc;

    if (flags & ~PP_STORE_REPAIR)
        return pp_fail(err, PP_E_NOTSUP, 0, "unknown flags 0x%x", flags);
    rc = ppc_admin_open(rt, 0, &a, err);
    if (!rc)
        rc = check_structure(&a, &structure, err);
    if (!rc)
        rc = ppc_admin_wrap(
            rt, ppc_state_audit(a.state, flags & PP_STORE_REPAIR, &report, err),
            err);
    for (i = 0; !rc && i < structure.n; i++) {
        rc = ppc_report_add(&report, &structure.v[i], err);
        structure.v[i] = (ppc_finding){NULL};
    }
    if (!rc)
        rc = show_report(&report, out, err);
    ppc_report_clear(&structure);
    ppc_report_clear(&report);
    return rc;
}

static int
show_export(const ppc_str *text, size_t records, pp_json **out, pp_err *err)
{
    PP_AUTO(pp_json_unref) pp_json *v = pp_json_object();
    ppc_sha256 sum;
    char hex[65];

    ppc_sha256_init(&sum);
    ppc_sha256_add(&sum, text->p, text->n);
    ppc_sha256_hex(&sum, hex);
    if (put_int(v, "Records", (int64_t)records) ||
        put_int(v, "Bytes", (int64_t)text->n) || put_str(v, "SHA256", hex))
        return no_memory(err);
    *out = pp_steal(&v);
    return 0;
}

int
pp_store_export(pp_runtime *rt, const char *file, int fd, pp_json **out,
                pp_err *err)
{
    PP_AUTO_ADMIN ppc_admin a = PPC_ADMIN_INIT;
    PP_AUTO_STR ppc_str text = PPC_STR_INIT;
    size_t records = 0;
    int rc = ppc_admin_open(rt, 0, &a, err);

    if (!rc)
        rc = ppc_admin_wrap(
            rt, ppc_state_export(a.state, &text, &records, err), err);
    ppc_admin_close(&a); /* nobody waits for our output */
    if (!rc && file)
        rc = ppc_file_write_synced(file, text.p, text.n, 0600, err);
    else if (!rc && ppc_write_all(fd, text.p, text.n))
        rc = pp_fail(err, PP_E_IO, errno, "cannot write the export");
    return rc < 0 ? rc : show_export(&text, records, out, err);
}

static int
read_export(const char *file, int fd, ppc_str *text, pp_err *err)
{
    PP_AUTO_FD int own = -1;
    char buf[65536];
    ssize_t n;

    if (file) {
        own = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        if (own < 0)
            return pp_fail(err, errno == ENOENT ? PP_E_NOTFOUND : PP_E_IO,
                           errno, "cannot open \"%s\"", file);
        fd = own;
    }
    while ((n = read(fd, buf, sizeof buf)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return pp_fail(err, PP_E_IO, errno, "cannot read %s",
                           file ? file : "the export");
        if (text->n + (size_t)n > EXPORT_MAX)
            return pp_fail(err, PP_E_FULL, 0,
                           "the export is larger than %zu bytes", EXPORT_MAX);
        ppc_str_add(text, buf, (size_t)n);
    }
    if (text->nomem)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory to read the export");
    return 0;
}

/* A store that cannot say its version may be replaced, not added to. */
static int
prepare(ppc_admin *a, uint32_t flags, pp_err *err)
{
    pp_err why = {0, 0, ""};
    int rc = ppc_schema_open(&a->state->store, ppc_schema_steps, &why);

    if (rc >= 0 || (rc == -PP_E_CORRUPT && (flags & PP_STORE_REPLACE)))
        return 0;
    if (err)
        *err = why;
    return rc;
}

static int
import_parsed(pp_runtime *rt, const ppc_import *im, uint32_t flags,
              ppc_report *report, ppc_str *faults, pp_err *err)
{
    PP_AUTO_ADMIN ppc_admin a = PPC_ADMIN_INIT;
    int rc = ppc_admin_open(rt, PPC_ADMIN_ALONE | PPC_ADMIN_MAKE, &a, err);

    if (!rc)
        rc = prepare(&a, flags, err);
    if (!rc)
        rc = ppc_state_import(a.state, im, flags, report, faults, err);
    return ppc_admin_wrap(rt, rc, err);
}

static int
show_import(const ppc_import *im, const ppc_report *r, pp_json **out,
            pp_err *err)
{
    PP_AUTO(pp_json_unref) pp_json *v = pp_json_object();

    if (put_int(v, "Records", (int64_t)im->n) ||
        put_int(v, "Containers", (int64_t)r->containers) ||
        put_int(v, "Pods", (int64_t)r->pods) ||
        put_int(v, "Repaired", (int64_t)r->n))
        return no_memory(err);
    *out = pp_steal(&v);
    return 0;
}

int
pp_store_import(pp_runtime *rt, const char *file, int fd, uint32_t flags,
                char **report, pp_json **out, pp_err *err)
{
    const ppc_state_paths paths = {
        .os = "linux",
        .static_dir = pp_settings_str(rt->settings, "engine.static_dir"),
        .tmp_dir = pp_settings_str(rt->settings, "engine.tmp_dir"),
        .run_root = pp_settings_str(rt->settings, "storage.run_root"),
        .graph_root = pp_settings_str(rt->settings, "storage.graph_root"),
        .graph_driver = pp_settings_str(rt->settings, "storage.driver"),
    };
    PP_AUTO_STR ppc_str text = PPC_STR_INIT;
    PP_AUTO_STR ppc_str faults = PPC_STR_INIT;
    ppc_import im = {NULL, 0, 0, 0};
    ppc_report r = {NULL};
    int rc;

    if ((flags & ~0x1fu) || (flags & 3u) == 3u)
        return pp_fail(err, PP_E_INVAL, 0,
                       "merge and replace exclude each other");
    rc = read_export(file, fd, &text, err);
    if (!rc)
        rc = ppc_import_parse(pp_slice_of(text.p, text.n),
                              file ? file : "standard input", &paths, &im,
                              &faults, err);
    if (!rc && !(flags & PP_STORE_IMPORT_DRY))
        rc = import_parsed(rt, &im, flags, &r, &faults, err);
    if (!rc)
        rc = show_import(&im, &r, out, err);
    *report = ppc_str_steal(&faults);
    ppc_import_clear(&im);
    ppc_report_clear(&r);
    return rc;
}
