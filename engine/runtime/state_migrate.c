/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/runtime/state_migrate.c - everything into another driver's store
 *
 * Alone inside the gate.  The steps, and what a crash behind each leaves:
 *
 *   journal     state.migrating is written      old store, nothing else
 *   copy        into state-TO.new               old store, state-TO.new
 *   place       renamed to state-TO             old store, state-TO
 *   verify      record by record                the same
 *   switch      state.driver is replaced        new store, state-FROM
 *   keep        state-FROM renamed              new store
 *   journal     state.migrating is removed      new store
 *
 * While there is a journal, what stands under the names of the new store is
 * ours and may be deleted: nobody could open it, because the marker names
 * the old one.
 */
#include <polypod/state_admin.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "core/config/settings.h"
#include "core/util/clock.h"
#include "core/util/file.h"
#include "core/util/log.h"
#include "core/util/sha256.h"
#include "core/util/str.h"
#include "core/util/strv.h"
#include "engine/json.h"
#include "engine/runtime/admin.h"
#include "engine/runtime/authority.h"
#include "engine/state/copy.h"
#include "engine/state/transfer.h"

struct migration {
    pp_runtime *rt;
    const char *dir;
    ppc_journal j; /* from, to, stamp */
    char *old;     /* state-FROM                 */
    char *kept;    /* state-FROM.migrated-STAMP  */
    char *new;     /* state-TO                   */
    char *part;    /* state-TO.new               */
    bool finished; /* an earlier one, by this call */
    ppc_instance *plugin;
    ppc_state *source;
    size_t records;
    size_t containers;
    size_t pods;
    char sum[65];
    char **steps; /* what was done, or would be */
};

static void
migration_clear(struct migration *m)
{
    ppc_state_free(m->source);
    ppc_instance_close(m->plugin);
    free(m->old);
    free(m->kept);
    free(m->new);
    free(m->part);
    ppc_strv_free(m->steps);
}

static int
no_memory(pp_err *err)
{
    return pp_fail(err, PP_E_NOMEM, 0, "no memory for a migration");
}

static int
name_folders(struct migration *m, pp_err *err)
{
    m->old = ppc_store_folder(m->rt, m->j.from);
    m->new = ppc_store_folder(m->rt, m->j.to);
    m->kept = m->old ? ppc_sprintf("%s.migrated-%s", m->old, m->j.stamp) : NULL;
    m->part = m->new ? ppc_sprintf("%s.new", m->new) : NULL;
    return m->kept && m->part ? 0 : no_memory(err);
}

static int
move(const char *from, const char *to, const char *dir, pp_err *err)
{
    if (rename(from, to))
        return pp_fail(err, PP_E_IO, errno, "cannot rename \"%s\" to \"%s\"",
                       from, to);
    return ppc_dir_sync(dir, err);
}

/* Two migrations of one second want the same name. */
static int
find_free_name(struct migration *m, pp_err *err)
{
    int i;

    for (i = 2; !access(m->kept, F_OK) && i < 100; i++) {
        free(m->kept);
        m->kept = ppc_sprintf("%s.migrated-%s-%d", m->old, m->j.stamp, i);
        if (!m->kept)
            return no_memory(err);
    }
    return 0;
}

/* Behind the switch: the old folder gets another name, the journal goes. */
static int
keep_old(struct migration *m, pp_err *err)
{
    int rc = 0;

    if (!access(m->old, F_OK))
        rc = find_free_name(m, err);
    if (!rc && !access(m->old, F_OK))
        rc = move(m->old, m->kept, m->dir, err);
    if (!rc)
        rc = ppc_dir_remove(m->part, err);
    return rc < 0 ? rc : ppc_journal_remove(m->dir, err);
}

/* Before the switch: as if nothing had been. */
static int
undo(struct migration *m, pp_err *err)
{
    int rc = ppc_dir_remove(m->part, err);

    if (!rc)
        rc = ppc_dir_remove(m->new, err);
    return rc < 0 ? rc : ppc_journal_remove(m->dir, err);
}

/* What a killed migration left: finished if it had switched, else undone. */
static int
settle(pp_runtime *rt, const char *marker, bool dry, struct migration *said,
       pp_err *err)
{
    struct migration m = {.rt = rt, .dir = said->dir};
    bool switched;
    int rc = ppc_journal_read(m.dir, &m.j, err);

    if (rc < 0 || !m.j.from[0])
        return rc;
    switched = !strcmp(marker, m.j.to);
    if (!switched && strcmp(marker, m.j.from))
        return pp_fail(err, PP_E_CORRUPT, 0,
                       "\"%s/state.driver\" names neither %s nor %s, but a "
                       "migration between them was not finished: write there "
                       "the one whose store has the containers",
                       m.dir, m.j.from, m.j.to);
    rc =
        ppc_strv_addf(&said->steps, "%s the migration from %s to %s of %s",
                      switched ? "finish" : "undo", m.j.from, m.j.to, m.j.stamp)
            ? no_memory(err)
            : name_folders(&m, err);
    if (!rc && !dry)
        rc = switched ? keep_old(&m, err) : undo(&m, err);
    if (!rc && switched && !strcmp(said->j.to, m.j.to)) {
        said->finished = true;
        said->j = m.j;
    }
    migration_clear(&m);
    return rc;
}

static int
count_objects(struct migration *m, pp_err *err)
{
    ppc_report r = {NULL};
    int rc = ppc_state_survey(m->source, &r, err);

    m->records = r.records;
    m->containers = r.containers;
    m->pods = r.pods;
    ppc_report_clear(&r);
    return rc;
}

/* A store without objects under the new name is moved aside, never used. */
static int
clear_place(struct migration *m, bool dry, pp_err *err)
{
    PP_AUTO_FREE char *aside = ppc_sprintf("%s.unused-%s", m->new, m->j.stamp);
    int64_t n = 0;
    int rc;

    if (!aside)
        return no_memory(err);
    if (access(m->new, F_OK))
        return 0;
    rc = ppc_store_count(m->rt, m->j.to, &n, err);
    if (rc < 0)
        return pp_wrap(err, rc,
                       "there is something at \"%s\" already: move "
                       "it away",
                       m->new);
    if (n)
        return pp_fail(err, PP_E_EXISTS, 0,
                       "the store of %s at \"%s\" has %lld containers and "
                       "pods of its own: move that folder away",
                       m->j.to, m->new, (long long)n);
    if (ppc_strv_addf(&m->steps, "rename the unused \"%s\" to \"%s\"", m->new,
                      aside))
        return no_memory(err);
    return dry ? 0 : move(m->new, aside, m->dir, err);
}

static int
copy(struct migration *m, pp_err *err)
{
    PP_AUTO(ppc_instance_close) ppc_instance *plugin = NULL;
    PP_AUTO(ppc_state_free) ppc_state *to = NULL;
    size_t n = 0;
    int rc;

    rc = ppc_admin_driver(m->rt, m->j.to, m->part, &plugin, &to, err);
    if (!rc)
        rc = ppc_store_copy(&m->source->store, &to->store, &n, err);
    return rc < 0 ? pp_wrap(err, rc, "copying to \"%s\"", m->part) : 0;
}

/* The same text too: what "state export" will print can be compared. */
static int
digest(ppc_state *st, char out[65], pp_err *err)
{
    PP_AUTO_STR ppc_str text = PPC_STR_INIT;
    ppc_sha256 sum;
    int rc = ppc_state_export(st, &text, NULL, err);

    if (rc < 0)
        return rc;
    ppc_sha256_init(&sum);
    ppc_sha256_add(&sum, text.p, text.n);
    ppc_sha256_hex(&sum, out);
    return 0;
}

static int
verify(struct migration *m, pp_err *err)
{
    PP_AUTO(ppc_instance_close) ppc_instance *plugin = NULL;
    PP_AUTO(ppc_state_free) ppc_state *to = NULL;
    char old[65] = "";
    int rc;

    rc = ppc_admin_driver(m->rt, m->j.to, NULL, &plugin, &to, err);
    if (!rc)
        rc = ppc_store_compare(&m->source->store, &to->store, &m->records, err);
    if (!rc)
        rc = digest(m->source, old, err);
    if (!rc)
        rc = digest(to, m->sum, err);
    if (!rc && strcmp(old, m->sum))
        rc = pp_fail(err, PP_E_CORRUPT, 0, "the texts of the stores differ");
    return rc < 0 ? pp_wrap(err, rc, "verifying the copy at \"%s\"", m->new)
                  : 0;
}

/* Everything of the new store is on the disk before the marker says so. */
static int
sync_store(const struct migration *m, pp_err *err)
{
    PP_AUTO_FD int fd = open(m->new, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0 || syncfs(fd))
        return pp_fail(err, PP_E_IO, errno, "cannot sync \"%s\"", m->new);
    return 0;
}

static int
build(struct migration *m, pp_err *err)
{
    int rc = ppc_journal_write(m->dir, &m->j, err);

    if (!rc)
        rc = copy(m, err);
    if (!rc)
        rc = move(m->part, m->new, m->dir, err);
    if (!rc)
        rc = verify(m, err);
    return rc < 0 ? rc : sync_store(m, err);
}

/* The one step.  What failed behind the rename has switched all the same. */
static int
switch_over(struct migration *m, pp_err *err)
{
    char now[PPC_DRIVER_MAX + 1] = "";
    int rc = ppc_marker_replace(m->dir, m->j.to, err);

    if (!rc)
        return 0;
    if (ppc_marker_read(m->dir, now, NULL) < 0)
        return rc;
    return strcmp(now, m->j.to) ? rc : 0;
}

/* A failure before the switch; without a marker that says so, leave all. */
static int
fail(struct migration *m, int rc)
{
    char now[PPC_DRIVER_MAX + 1] = "";
    pp_err why = {0, 0, ""};

    if (ppc_marker_read(m->dir, now, &why) < 0 || strcmp(now, m->j.from) ||
        undo(m, &why) < 0)
        ppc_log(PP_LOG_WARNING,
                "the migration left something, run it again: %s", why.msg);
    return rc;
}

static int
run(struct migration *m, pp_err *err)
{
    pp_err why = {0, 0, ""};
    int rc = ppc_marker_replace(m->dir, m->j.from, err);

    if (rc < 0)
        return rc;
    rc = build(m, err);
    ppc_state_free(pp_steal(&m->source));
    ppc_instance_close(pp_steal(&m->plugin));
    if (!rc)
        rc = switch_over(m, err);
    if (rc < 0)
        return fail(m, rc);
    rc = keep_old(m, &why);
    if (rc < 0)
        ppc_log(PP_LOG_WARNING,
                "the new store is in use, but the old one stayed in its "
                "place: %s",
                why.msg);
    return 0;
}

static int
list_steps(struct migration *m, pp_err *err)
{
    if (ppc_strv_addf(&m->steps, "copy %zu records from \"%s\" to \"%s\"",
                      m->records, m->old, m->new) ||
        ppc_strv_addf(&m->steps, "compare them one by one") ||
        ppc_strv_addf(&m->steps, "write %s to \"%s/state.driver\"", m->j.to,
                      m->dir) ||
        ppc_strv_addf(&m->steps, "rename \"%s\" to \"%s\"", m->old, m->kept))
        return no_memory(err);
    return 0;
}

static int
put_str(pp_json *o, const char *key, const char *s)
{
    return pp_json_put(o, key, pp_json_string(s));
}

static int
show(const struct migration *m, pp_json **out, pp_err *err)
{
    PP_AUTO(pp_json_unref) pp_json *v = pp_json_object();

    if (put_str(v, "From", m->j.from) || put_str(v, "To", m->j.to) ||
        pp_json_put(v, "Finished", pp_json_bool(m->finished)) ||
        pp_json_put(v, "Records", pp_json_int((int64_t)m->records)) ||
        pp_json_put(v, "Containers", pp_json_int((int64_t)m->containers)) ||
        pp_json_put(v, "Pods", pp_json_int((int64_t)m->pods)) ||
        put_str(v, "SHA256", m->sum) || put_str(v, "Old", m->kept) ||
        put_str(v, "New", m->new) ||
        pp_json_put(v, "Steps", pp_json_strv(ppc_strv_c(m->steps))))
        return no_memory(err);
    *out = pp_steal(&v);
    return 0;
}

/* Which store is to be moved: the one that counts. */
static int
choose(struct migration *m, const char *to, const char *marker, pp_err *err)
{
    const char *from = pp_settings_str(m->rt->settings, "state.driver");
    int rc = 0;

    if (marker[0])
        from = marker;
    else if (strcmp(from, to))
        rc = ppc_authority_check(m->rt, err);
    if (rc < 0)
        return rc;
    if (!ppc_driver_is_name(from) || !ppc_driver_is_name(to))
        return pp_fail(err, PP_E_INVAL, 0, "\"%s\" is no name of a driver",
                       ppc_driver_is_name(from) ? to : from);
    snprintf(m->j.from, sizeof m->j.from, "%s", from);
    snprintf(m->j.to, sizeof m->j.to, "%s", to);
    ppc_time_stamp(ppc_now(), m->j.stamp);
    return 0;
}

/* Can the new driver do it?  It makes an empty store, which goes again. */
static int
check_target(struct migration *m, pp_err *err)
{
    PP_AUTO(ppc_instance_close) ppc_instance *plugin = NULL;
    PP_AUTO(ppc_state_free) ppc_state *st = NULL;
    pp_err why = {0, 0, ""};
    int rc;

    if (!strcmp(m->j.from, m->j.to))
        return pp_fail(err, PP_E_INVAL, 0, "the store is of driver %s already",
                       m->j.to);
    rc = ppc_dir_remove(m->part, err);
    if (rc < 0)
        return rc;
    rc = ppc_admin_driver(m->rt, m->j.to, m->part, &plugin, &st, err);
    ppc_state_free(pp_steal(&st));
    ppc_instance_close(pp_steal(&plugin));
    if (ppc_dir_remove(m->part, &why) < 0)
        ppc_log(PP_LOG_WARNING, "%s", why.msg);
    return rc;
}

static int
migrate(struct migration *m, bool dry, pp_err *err)
{
    int rc = name_folders(m, err);

    if (!rc)
        rc = check_target(m, err);
    if (!rc && access(m->old, F_OK))
        rc = pp_fail(err, PP_E_NOTFOUND, 0,
                     "there is no store at \"%s\": nothing to migrate, set "
                     "driver = %s in [state]",
                     m->old, m->j.to);
    if (!rc)
        rc = ppc_admin_driver(m->rt, m->j.from, NULL, &m->plugin, &m->source,
                              err);
    if (!rc)
        rc = count_objects(m, err);
    if (!rc)
        rc = clear_place(m, dry, err);
    if (!rc)
        rc = list_steps(m, err);
    return rc || dry ? rc : run(m, err);
}

int
pp_store_migrate(pp_runtime *rt, const char *to, uint32_t flags, pp_json **out,
                 pp_err *err)
{
    const char *dir = pp_settings_str(rt->settings, "engine.static_dir");
    struct migration m = {.rt = rt, .dir = dir};
    bool dry = flags & PP_STORE_DRY_RUN;
    char marker[PPC_DRIVER_MAX + 1] = "";
    PP_AUTO_FD int gate = -1;
    int rc;

    if (flags & ~PP_STORE_DRY_RUN)
        return pp_fail(err, PP_E_NOTSUP, 0, "unknown flags 0x%x", flags);
    if (rt->valid)
        return pp_fail(err, PP_E_RUNTIMEFINALIZED, 0,
                       "the runtime is open and uses the store: shut it down "
                       "first");
    gate = ppc_gate_enter(dir, true,
                          pp_settings_i64(rt->settings, "state.timeout"), err);
    if (gate < 0)
        return gate == -PP_E_NOTFOUND
                   ? pp_fail(err, PP_E_NOTFOUND, 0,
                             "there is no store in \"%s\" yet", dir)
                   : gate;
    rc = ppc_marker_read(dir, marker, err);
    if (!rc)
        rc = choose(&m, to, marker, err);
    if (!rc)
        rc = settle(rt, marker, dry, &m, err);
    if (!rc && m.finished)
        rc = name_folders(&m, err);
    else if (!rc)
        rc = migrate(&m, dry, err);
    if (!rc)
        rc = show(&m, out, err);
    migration_clear(&m);
    return ppc_admin_wrap(rt, rc, err);
}
