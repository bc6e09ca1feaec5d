/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugins/fw-firewalld/rule.c - rules as texts, and lists of them
 *
 * firewalld compares rules word by word, so a rule is its words and nothing
 * is ever parsed back into an iptables rule; two lists differ where their
 * texts do.
 */
#include "fwd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAP 32
#define BODY_MAX 1024

int
fwd_list_add(struct fwd_list *l, const char *text)
{
    if (l->n == l->cap) {
        size_t cap = l->cap ? l->cap * 2 : FIRST_CAP;
        char **v = reallocarray(l->v, cap, sizeof(*v));

        if (!v)
            return -1;
        l->v = v;
        l->cap = cap;
    }
    l->v[l->n] = strdup(text);
    if (!l->v[l->n])
        return -1;
    l->n++;
    return 0;
}

int
fwd_list_copy(struct fwd_list *l, const struct fwd_list *from)
{
    for (size_t i = 0; i < from->n; i++)
        if (fwd_list_add(l, from->v[i]) < 0)
            return -1;
    return 0;
}

static int
order(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void
fwd_list_sort(struct fwd_list *l)
{
    size_t n = 0;

    if (l->n < 2)
        return;
    qsort(l->v, l->n, sizeof(*l->v), order);
    for (size_t i = 0; i < l->n; i++) {
        if (n > 0 && !strcmp(l->v[n - 1], l->v[i]))
            free(l->v[i]);
        else
            l->v[n++] = l->v[i];
    }
    l->n = n;
}

bool
fwd_list_has(const struct fwd_list *l, const char *text)
{
    return l->n > 0 && bsearch(&text, l->v, l->n, sizeof(*l->v), order) != NULL;
}

void
fwd_list_clear(struct fwd_list *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->v[i]);
    free(l->v);
    *l = (struct fwd_list){0};
}

/* OUT gets what is in A and not in B; all are sorted. */
int
fwd_list_minus(struct fwd_list *out, const struct fwd_list *a,
               const struct fwd_list *b)
{
    for (size_t i = 0; i < a->n; i++)
        if (!fwd_list_has(b, a->v[i]) && fwd_list_add(out, a->v[i]) < 0)
            return -1;
    return 0;
}

/* Those with the comment TAG, or with any of ours if it is NULL. */
int
fwd_list_pick(struct fwd_list *out, const struct fwd_list *from,
              const char *tag)
{
    for (size_t i = 0; i < from->n; i++)
        if ((!tag || fwd_rule_has_tag(from->v[i], tag)) &&
            fwd_list_add(out, from->v[i]) < 0)
            return -1;
    return 0;
}

/*
 * FMT gives matches and target, "-j" last; the comment comes before that.
 * No word of it may hold a blank.
 */
int
fwd_rule_add(struct fwd_list *l, bool v6, const char *table, const char *chain,
             int priority, const char *tag, const char *fmt, ...)
{
    char body[BODY_MAX];
    char line[2 * BODY_MAX];
    char *target = NULL;
    va_list ap;
    int n = 0;

    va_start(ap, fmt);
    n = vsnprintf(body, sizeof(body), fmt, ap);
    va_end(ap);
    target = strstr(body, "-j ");
    if (n < 0 || (size_t)n >= sizeof(body) || !target)
        return -1;
    n = snprintf(line, sizeof(line),
                 "%s %s %s %d %.*s-m comment --comment %s "
                 "%s",
                 v6 ? "ipv6" : "ipv4", table, chain, priority,
                 (int)(target - body), body, tag, target);
    if (n < 0 || (size_t)n >= sizeof(line))
        return -1;
    for (char *p = strchr(line, ' '); p; p = strchr(p, ' '))
        *p = FWD_SEP;
    return fwd_list_add(l, line);
}

/* returns  0, to be cleared | -1: out of memory, or too many words */
int
fwd_words_split(struct fwd_words *w, const char *text)
{
    static const char sep[] = {FWD_SEP, '\0'};
    char *rest = NULL;

    *w = (struct fwd_words){.copy = strdup(text)};
    if (!w->copy)
        return -1;
    rest = w->copy;
    for (char *p = strsep(&rest, sep); p; p = strsep(&rest, sep)) {
        if (w->n == FWD_WORDS_MAX) {
            fwd_words_clear(w);
            return -1;
        }
        w->v[w->n++] = p;
    }
    return 0;
}

void
fwd_words_clear(struct fwd_words *w)
{
    free(w->copy);
    *w = (struct fwd_words){0};
}

/* The word behind OPTION, or NULL. */
const char *
fwd_words_after(const struct fwd_words *w, const char *option)
{
    for (unsigned i = 4; i + 1 < w->n; i++)
        if (!strcmp(w->v[i], option))
            return w->v[i + 1];
    return NULL;
}

/* The word behind OPTION in a rule, up to the next separator. */
static bool
word_after(const char *rule, const char *option, char *word, size_t size)
{
    const char *end = NULL;
    char key[32];
    const char *p = NULL;
    size_t n = 0;

    snprintf(key, sizeof(key), "%c%s%c", FWD_SEP, option, FWD_SEP);
    p = strstr(rule, key);
    if (!p)
        return false;
    p += strlen(key);
    end = strchrnul(p, FWD_SEP);
    n = (size_t)(end - p);
    if (n >= size)
        return false;
    memcpy(word, p, n);
    word[n] = '\0';
    return true;
}

bool
fwd_rule_tag(const char *rule, char *tag, size_t size)
{
    return word_after(rule, "--comment", tag, size);
}

bool
fwd_rule_has_tag(const char *rule, const char *tag)
{
    char found[FWD_TAG_MAX];

    return fwd_rule_tag(rule, found, sizeof(found)) && !strcmp(found, tag);
}

/* Is it the rule that notes whose an address is? */
bool
fwd_rule_source(const char *rule, char *address, size_t size)
{
    static const char chain[] = {FWD_SEP, 'f', 'i',     'l', 't',
                                 'e',     'r', FWD_SEP, '\0'};
    const char *p = strstr(rule, chain);

    return p && !strncmp(p + 8, FWD_FORWARD, strlen(FWD_FORWARD)) &&
           p[8 + strlen(FWD_FORWARD)] == FWD_SEP &&
           word_after(rule, "-s", address, size);
}

/* As firewall-cmd --direct --get-all-rules shows it. */
void
fwd_rule_show(const char *rule, char *text, size_t size)
{
    snprintf(text, size, "%s", rule);
    for (char *p = strchr(text, FWD_SEP); p; p = strchr(p, FWD_SEP))
        *p = ' ';
}
