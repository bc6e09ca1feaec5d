/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/state/parse.c - an export, verified line by line; see transfer.h
 *
 * Every fault is found in one go, up to a bound, with its file and line.
 */
#include <stdarg.h>
#include <string.h>

#include "core/util/str.h"
#include "engine/json.h"
#include "engine/state/model.h"
#include "engine/state/transfer.h"

#define MAX_FAULTS 100

struct parse {
    const char *file;
    const ppc_state_paths *paths;
    ppc_import *out;
    ppc_str *faults;
    size_t n_faults;
    size_t line;
    bool ended;  /* the last line was seen */
    int code;    /* of the first fault     */
    pp_err *err; /* has the first fault    */
};

static void
fault(struct parse *p, size_t line, int code, const char *text)
{
    if (!p->n_faults++) {
        p->code = code;
        pp_fail(p->err, code, 0, "%s:%zu: %s", p->file, line, text);
    }
    if (p->n_faults <= MAX_FAULTS)
        ppc_str_printf(p->faults, "%s:%zu: %s\n", p->file, line, text);
    else if (p->n_faults == MAX_FAULTS + 1)
        ppc_str_printf(p->faults, "%s: and more\n", p->file);
}

static void
faultf(struct parse *p, size_t line, int code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static void
faultf(struct parse *p, size_t line, int code, const char *fmt, ...)
{
    char text[1024];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    fault(p, line, code, text);
}

static void
parse_header(struct parse *p, const char *text, size_t n)
{
    PP_AUTO(pp_json_unref) pp_json *v = NULL;
    int64_t version, schema;

    if (pp_json_parse(text, n, "the line", &v, NULL) < 0 ||
        strcmp(pp_json_get_str(v, "format"), "polypod-state")) {
        fault(p, 1, PP_E_CORRUPT, "this is no export of a state store");
        return;
    }
    version = pp_json_get_i64(v, "version");
    schema = pp_json_get_i64(v, "schema");
    if (version != PPC_TRANSFER_VERSION)
        faultf(p, 1, PP_E_NOTSUP,
               "the export has version %lld, this polypod reads version %d",
               (long long)version, PPC_TRANSFER_VERSION);
    else if (schema < 1 || schema > ppc_schema_current())
        faultf(p, 1, PP_E_NOTSUP,
               "the records have schema version %lld, this polypod knows "
               "versions 1 to %lld",
               (long long)schema, (long long)ppc_schema_current());
    p->out->schema = schema;
}

/* {"records":N}, which every export ends with */
static bool
parse_end(struct parse *p, const char *text, size_t n)
{
    static const char head[] = "{\"records\":";
    char digits[24] = "";
    int64_t count;

    if (n < sizeof head || n - sizeof head >= sizeof digits ||
        memcmp(text, head, sizeof head - 1) || text[n - 1] != '}')
        return false;
    memcpy(digits, text + sizeof head - 1, n - sizeof head);
    p->ended = true;
    if (ppc_parse_i64(digits, 0, INT64_MAX, &count))
        fault(p, p->line, PP_E_CORRUPT, "the number of records is no number");
    else if ((uint64_t)count != p->out->n && !p->n_faults)
        faultf(p, p->line, PP_E_CORRUPT,
               "there should be %lld records, but there are %zu: the file is "
               "not complete",
               (long long)count, p->out->n);
    return true;
}

/* m/path/FIELD has to be what this engine uses. */
static void
check_path(struct parse *p, const ppc_item *item)
{
    char class[PPC_ID_MAX + 1];
    PP_AUTO_FREE char *name = NULL;
    pp_slice rest;
    pp_err why = {0, 0, ""};
    int rc;

    if (!p->paths || item->key.n < 3 || item->key.b[0] != 'm' ||
        !ppc_key_split(ppc_key_slice(&item->key), 2, class, &rest) ||
        strcmp(class, "path"))
        return;
    name = strndup(rest.p, rest.n);
    rc = name ? ppc_paths_fit(p->paths, name, item->val, &why) : 0;
    if (rc < 0)
        fault(p, item->line, -rc, why.msg);
}

static int
keep(struct parse *p, ppc_item *item)
{
    ppc_import *im = p->out;
    size_t cap = im->cap ? im->cap * 2 : 64;
    ppc_item *v;

    if (im->n == im->cap) {
        v = reallocarray(im->v, cap, sizeof *v);
        if (!v) {
            free(item->val);
            return pp_fail(p->err, PP_E_NOMEM, 0, "no memory to import");
        }
        im->v = v;
        im->cap = cap;
    }
    im->v[im->n++] = *item;
    check_path(p, item);
    return 0;
}

static int
parse_line(struct parse *p, const char *text, size_t n)
{
    ppc_item item = {.line = p->line};
    pp_err why = {0, 0, ""};
    int rc;

    if (p->line == 1) {
        parse_header(p, text, n);
        return 0;
    }
    if (p->ended) {
        fault(p, p->line, PP_E_CORRUPT, "there is something behind the end");
        return 0;
    }
    if (parse_end(p, text, n))
        return 0;
    rc = ppc_line_decode(text, n, &item, &why);
    if (!rc)
        return keep(p, &item);
    if (rc == -PP_E_NOMEM)
        return pp_fail(p->err, PP_E_NOMEM, 0, "no memory to import");
    fault(p, p->line, -rc, why.msg);
    return 0;
}

static int
by_key(const void *a, const void *b)
{
    const ppc_item *x = a, *y = b;
    int c = ppc_key_compare(&x->key, &y->key);

    return c ? c : (x->line > y->line) - (x->line < y->line);
}

static void
check_twice(struct parse *p)
{
    ppc_item *v = p->out->v;
    size_t i;

    if (p->out->n)
        qsort(v, p->out->n, sizeof *v, by_key);
    for (i = 1; i < p->out->n; i++)
        if (!ppc_key_compare(&v[i - 1].key, &v[i].key))
            faultf(p, v[i].line, PP_E_CORRUPT,
                   "this key is in line %zu already", v[i - 1].line);
}

void
ppc_import_clear(ppc_import *im)
{
    size_t i;

    for (i = 0; i < im->n; i++)
        free(im->v[i].val);
    free(im->v);
    memset(im, 0, sizeof *im);
}

int
ppc_import_parse(pp_slice text, const char *file, const ppc_state_paths *paths,
                 ppc_import *out, ppc_str *faults, pp_err *err)
{
    struct parse p = {file, paths, out, faults, 0, 0, false, 0, err};
    const char *at = text.p, *end = at + text.n, *eol;
    int rc = 0;

    ppc_import_clear(out);
    for (; !rc && at < end && !(p.line == 1 && p.n_faults); at = eol + 1) {
        p.line++;
        eol = memchr(at, '\n', (size_t)(end - at));
        if (!eol)
            eol = end;
        rc = parse_line(&p, at, (size_t)(eol - at));
    }
    if (rc < 0)
        return rc;
    check_twice(&p);
    if (!p.line)
        fault(&p, 1, PP_E_CORRUPT, "the file is empty");
    else if (!p.ended && !p.n_faults)
        fault(&p, p.line, PP_E_CORRUPT,
              "the last line is missing: the file is not complete");
    return p.n_faults ? -p.code : 0;
}
