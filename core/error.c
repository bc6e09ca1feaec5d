/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* core/error.c - messages on the caller's stack; see polypod/error.h */
#include <polypod/error.h>

#include <stdio.h>
#include <string.h>

/* A message is one line, whatever names and foreign texts it quotes, and no
 * terminal obeys it. */
static void
make_one_line(char *s)
{
    char *end = s;

    for (; *s; s++) {
        if (*s == '\n' || *s == '\t' || *s == '\r')
            *s = ' ';
        else if ((unsigned char)*s < ' ' || *s == 0x7f)
            *s = '?';
        if (*s != ' ')
            end = s + 1;
    }
    *end = '\0';
}

int
pp_vfail(pp_err *err, int code, int sys_errno, const char *fmt, va_list ap)
{
    size_t n;

    if (!err)
        return -code;
    err->code = code;
    err->sys_errno = sys_errno;
    vsnprintf(err->msg, sizeof err->msg, fmt, ap);
    make_one_line(err->msg);
    if (sys_errno) {
        n = strlen(err->msg);
        snprintf(err->msg + n, sizeof err->msg - n, ": %s",
                 strerror(sys_errno));
    }
    return -code;
}

int
pp_fail(pp_err *err, int code, int sys_errno, const char *fmt, ...)
{
    va_list ap;
    int rc;

    va_start(ap, fmt);
    rc = pp_vfail(err, code, sys_errno, fmt, ap);
    va_end(ap);
    return rc;
}

int
pp_wrap(pp_err *err, int rc, const char *fmt, ...)
{
    char inner[sizeof err->msg];
    va_list ap;
    size_t n;

    if (!err)
        return rc;
    if (!err->code)
        err->code = -rc;
    memcpy(inner, err->msg, sizeof inner);
    va_start(ap, fmt);
    vsnprintf(err->msg, sizeof err->msg, fmt, ap);
    va_end(ap);
    make_one_line(err->msg);
    n = strlen(err->msg);
    if (inner[0])
        snprintf(err->msg + n, sizeof err->msg - n, ": %s", inner);
    return rc;
}

static const struct {
    int code;
    const char *text;
} kinds[] = {
    {PP_OK, "success"},
    {PP_E_INTERNAL, "internal error"},
    {PP_E_INVAL, "invalid argument"},
    {PP_E_NOMEM, "out of memory"},
    {PP_E_NOTSUP, "not supported"},
    {PP_E_NOTFOUND, "not found"},
    {PP_E_EXISTS, "already exists"},
    {PP_E_CONFLICT, "transaction conflict"},
    {PP_E_BUSY, "busy"},
    {PP_E_TIMEOUT, "timed out"},
    {PP_E_CANCELED, "canceled"},
    {PP_E_PERM, "not permitted"},
    {PP_E_IO, "input/output error"},
    {PP_E_FULL, "no space left"},
    {PP_E_CORRUPT, "damaged data"},
    {PP_E_RECOVER, "recovery needed"},
    {PP_E_DRIFT, "drift"},
    {PP_E_UNAVAIL, "not available"},
    {PP_E_NOSUCHCTR, "no such container"},
    {PP_E_NOSUCHPOD, "no such pod"},
    {PP_E_NOSUCHIMAGE, "no such image"},
    {PP_E_CTREXISTS, "container already exists"},
    {PP_E_PODEXISTS, "pod already exists"},
    {PP_E_IMAGEEXISTS, "image already exists"},
    {PP_E_CTRSTATE, "container state improper"},
    {PP_E_RUNTIMEFINALIZED, "runtime has been finalized"},
    {PP_E_CTRFINALIZED, "container has been finalized"},
    {PP_E_PODFINALIZED, "pod has been finalized"},
    {PP_E_EMPTYID, "name or ID cannot be empty"},
    {PP_E_RUNTIMESTOPPED, "runtime has already been stopped"},
    {PP_E_CTRSTOPPED, "container is stopped"},
    {PP_E_CTRREMOVED, "container has already been removed"},
    {PP_E_PODREMOVED, "pod has already been removed"},
    {PP_E_DBCLOSED, "state store already closed"},
    {PP_E_DBBADCONFIG, "state store configuration mismatch"},
    {PP_E_NSMISMATCH, "target is in a different namespace"},
    {PP_E_AMBIGUOUS, "ambiguous ID"},
    {PP_E_CMDNOTFOUND, "command not found"},
    {PP_E_CMDNOTEXEC, "command cannot be executed"},
    {PP_E_PLUGINABSENT, "plugin not installed"},
    {PP_E_PLUGINTRUST, "plugin not trusted"},
    {PP_E_PLUGINLOAD, "plugin cannot be loaded"},
    {PP_E_PLUGINENTRY, "plugin has no descriptor"},
    {PP_E_PLUGINABI, "plugin does not fit this engine"},
    {PP_E_PLUGINOPEN, "plugin cannot be opened"},
    {PP_E_CONFIG, "bad configuration"},
    {PP_E_PORTINUSE, "port already in use"},
};

const char *
pp_error_kind(int code)
{
    size_t i;

    if (code < 0)
        code = -code;
    for (i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (kinds[i].code == code)
            return kinds[i].text;
    return "unknown error";
}
