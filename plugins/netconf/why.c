/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plugins/netconf/why.c - messages on their way to the host */
#include "netconf.h"

#include <stdio.h>
#include <string.h>

/* returns  -code */
int
cni_say(cni_why *why, int code, int sys_errno, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(why->text, sizeof(why->text), fmt, ap);
    va_end(ap);
    why->sys_errno = sys_errno;
    return -code;
}

void
cni_why_log(const netconf *self, const cni_why *why, uint32_t level)
{
    note(self, level, "%s%s%s",
         why->text[0] ? why->text : "the host could not run a CNI plugin",
         why->sys_errno ? ": " : "",
         why->sys_errno ? strerror(why->sys_errno) : "");
}

/* returns  rc, which is negative */
int
cni_why_publish(const netconf *self, const cni_why *why, int rc, pp_err *err)
{
    if (!why->text[0])
        return rc;
    return pp_host_fail(self->host, err, -rc, why->sys_errno, "%s", why->text);
}
