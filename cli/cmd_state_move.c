/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/cmd_state_move.c - polypod state export, import and migrate
 */
#include <polypod/state_admin.h>

#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "human.h"

typedef struct move_values {
    bool merge;
    bool replace;
    bool force;
    bool repair;
    bool dry_run;
    char *to;
} move_values;

static const cli_flag import_flags[] = {
    {"dry-run", 0, CLI_BOOL, offsetof(move_values, dry_run), NULL, NULL,
     "Only verify the file"},
    {"force", 0, CLI_BOOL, offsetof(move_values, force), NULL, NULL,
     "Replace although containers are running"},
    {"merge", 0, CLI_BOOL, offsetof(move_values, merge), NULL, NULL,
     "Add to what is there; a name or ID that both have is an error"},
    {"repair", 0, CLI_BOOL, offsetof(move_values, repair), NULL, NULL,
     "Repair what does not fit, as state check does"},
    {"replace", 0, CLI_BOOL, offsetof(move_values, replace), NULL, NULL,
     "Forget what is there"},
    {NULL, 0, 0, 0, NULL, NULL, NULL}};

static const cli_flag migrate_flags[] = {
    {"dry-run", 0, CLI_BOOL, offsetof(move_values, dry_run), NULL, NULL,
     "Only say what would be done"},
    {"to", 0, CLI_STR, offsetof(move_values, to), "DRIVER", NULL,
     "The new driver; has to be given"},
    {NULL, 0, 0, 0, NULL, NULL, NULL}};

/* "-" and nothing are the standard streams. */
static const char *
file_of(const cli_args *args)
{
    return args->n && strcmp(args->v[0], "-") != 0 ? args->v[0] : NULL;
}

static int
run_export(cli *c, const void *values, const cli_args *args)
{
    CLI_AUTO_JSON pp_json *out = NULL;
    const char *file = file_of(args);
    pp_err err = {0};
    int rc = cli_load(c, &err);

    (void)values;
    if (rc == 0)
        rc = pp_store_export(c->rt, file, STDOUT_FILENO, &out, &err);
    if (rc < 0)
        return cli_fail(rc, &err);
    if (file)
        printf("%lld records, SHA-256 %s\n",
               (long long)pp_json_get_i64(out, "Records"),
               pp_json_get_str(out, "SHA256"));
    return 0;
}

static uint32_t
flags_of(const move_values *v)
{
    return (v->merge ? PP_STORE_MERGE : 0) |
           (v->replace ? PP_STORE_REPLACE : 0) |
           (v->force ? PP_STORE_FORCE : 0) | (v->repair ? PP_STORE_FIX : 0) |
           (v->dry_run ? PP_STORE_IMPORT_DRY : 0);
}

static int
run_import(cli *c, const void *values, const cli_args *args)
{
    const move_values *v = values;
    CLI_AUTO(cli_buf_clear) cli_buf safe = CLI_BUF_INIT;
    CLI_AUTO_FREE char *report = NULL;
    CLI_AUTO_JSON pp_json *out = NULL;
    char *line, *rest;
    pp_err err = {0};
    int rc = cli_load(c, &err);

    if (rc == 0)
        rc = pp_store_import(c->rt, file_of(args), STDIN_FILENO, flags_of(v),
                             &report, &out, &err);
    for (line = report ? strtok_r(report, "\n", &rest) : NULL; line;
         line = strtok_r(NULL, "\n", &rest)) {
        cli_buf_safe(&safe, line);
        cli_buf_putc(&safe, '\n');
    }
    fputs(cli_buf_get(&safe), stderr);
    if (rc < 0)
        return cli_fail(rc, &err);
    if (v->dry_run)
        printf("%lld records could be imported\n",
               (long long)pp_json_get_i64(out, "Records"));
    else
        printf("%lld records imported: the store has %lld containers and "
               "%lld pods\n",
               (long long)pp_json_get_i64(out, "Records"),
               (long long)pp_json_get_i64(out, "Containers"),
               (long long)pp_json_get_i64(out, "Pods"));
    return 0;
}

static void
print_migration(const pp_json *out, bool dry_run)
{
    const pp_json *steps = pp_json_get(out, "Steps");
    const char *to = pp_json_get_str(out, "To");

    for (size_t i = 0; dry_run && i < pp_json_len(steps); i++)
        printf("would %s\n", pp_json_str(pp_json_at(steps, i)));
    if (dry_run)
        return;
    if (pp_json_get_bool(out, "Finished"))
        printf("finished the migration from %s to %s\n",
               pp_json_get_str(out, "From"), to);
    else
        printf("%lld records (%lld containers, %lld pods) are in the store of "
               "%s now, every one compared\nSHA-256 of the export: %s\n",
               (long long)pp_json_get_i64(out, "Records"),
               (long long)pp_json_get_i64(out, "Containers"),
               (long long)pp_json_get_i64(out, "Pods"), to,
               pp_json_get_str(out, "SHA256"));
    printf("the old store is kept at %s\nnow set driver = %s in [state]\n",
           pp_json_get_str(out, "Old"), to);
}

static int
run_migrate(cli *c, const void *values, const cli_args *args)
{
    const move_values *v = values;
    CLI_AUTO_JSON pp_json *out = NULL;
    pp_err err = {0};
    int rc = 0;

    (void)args;
    if (!v->to)
        rc = pp_fail(&err, PP_E_INVAL, 0, "--to DRIVER has to be given");
    if (rc == 0)
        rc = cli_load(c, &err);
    if (rc == 0)
        rc = pp_store_migrate(c->rt, v->to, v->dry_run ? PP_STORE_DRY_RUN : 0,
                              &out, &err);
    if (rc < 0)
        return cli_fail(rc, &err);
    print_migration(out, v->dry_run);
    return 0;
}

const cli_cmd cli_cmd_state_export = {
    .name = "export",
    .args = "[FILE]",
    .summary = "Write the whole store as text",
    .about = "Writes to standard output, or replaces FILE at once, readable "
             "by its owner only. The text is one snapshot: JSON lines sorted "
             "by key, the same bytes from every driver, so that two stores "
             "can be compared by their exports. Records that cannot be read "
             "are exported as they are.",
    .max_args = 1,
    .run = run_export,
};

const cli_cmd cli_cmd_state_import = {
    .name = "import",
    .args = "[FILE]",
    .summary = "Read a store from text",
    .about = "Reads FILE or standard input, verifies every line before "
             "anything is written, and then writes all of it in one "
             "transaction, or nothing: the result has to pass the check. "
             "Without --merge or --replace the store must have no containers "
             "and pods. The folders in the configuration have to be those the "
             "export was made with. No other command may have the store "
             "open, such as a polypod wait; a polypod run in the foreground "
             "has, for its first second and at its end.",
    .flags = import_flags,
    .values_size = sizeof(move_values),
    .max_args = 1,
    .run = run_import,
};

const cli_cmd cli_cmd_state_migrate = {
    .name = "migrate",
    .args = "--to DRIVER",
    .summary = "Move everything into the store of another driver",
    .about =
        "Copies every record into a new store, compares the two record by "
        "record, and then replaces the file state.driver, which names the "
        "driver in use. The old store is kept under another name. Other "
        "commands wait meanwhile; one that has the store open, such as a "
        "polypod wait or polypod logs --follow, has to end first. A polypod "
        "run in the foreground need not: it finds the store where it is when "
        "the container ends.\n\n"
        "If it is killed at any point, exactly one store counts, polypod "
        "state info says which, and the same command run again finishes or "
        "begins anew. The key driver of [state] has to be changed afterwards; "
        "until then commands refuse to run and say so.",
    .flags = migrate_flags,
    .values_size = sizeof(move_values),
    .max_args = 0,
    .run = run_migrate,
};
