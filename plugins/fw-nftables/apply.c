/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugins/fw-nftables/apply.c - one owner's elements, made so or removed
 *
 * A new owner costs a few lookups and one batch, however many others there
 * are.  The sets are walked only when the index does not say enough, or when
 * the kernel refuses what the index led us to write.
 */
#include "bound.h"

#include <errno.h>
#include <string.h>

struct change {
    const char *owner;
    struct nft_elems want; /* empty: remove                     */
    struct nft_elems old;
    struct nft_bound bound;
    bool indexed;  /* the index has the owner                    */
    bool thorough; /* do not trust the index nor the skeleton   */
    bool build;
    struct nft_skeleton skeleton;
};

static void
forget(struct change *c)
{
    nft_elems_clear(&c->old);
    nft_bound_clear(&c->bound);
    c->indexed = false;
}

/* What the owner has now. */
static int
read_old(struct nft_nl *nl, struct change *c)
{
    struct nft_elem index = {.set = SET_OWNERS};
    struct nft_desc desc;
    bool walk = c->thorough;
    int rc = 0;

    nft_owner_key(index.key, c->owner);
    rc = nft_dump_one(nl, &index, &desc);
    if (rc < 0 && rc != -ENOENT)
        return rc;
    c->indexed = rc == 0;
    if (c->indexed)
        walk = walk || desc.overflow ||
               nft_desc_decode(&desc, c->owner, &c->old) < 0;
    else
        walk = walk || c->want.n == 0; /* leave nothing behind */
    if (!walk)
        return 0;
    nft_elems_clear(&c->old);
    return nft_dump_all(nl, 0, SET_HOSTPORT6, c->owner, &c->old);
}

static int
read_all(struct nft_nl *nl, struct change *c)
{
    char text[8] = "";
    bool there = false;
    int rc = nft_nl_read_gen(nl);

    forget(c);
    if (rc == 0)
        rc = nft_table_exists(nl, &there);
    if (rc < 0)
        return rc;
    memset(&c->skeleton, 0, sizeof(c->skeleton));
    c->build = !there && c->want.n > 0;
    if (there && c->thorough && c->want.n > 0) {
        rc = nft_table_inspect(nl, &c->skeleton, text, sizeof(text));
        c->build = text[0] != '\0';
    }
    if (rc == 0 && there)
        rc = read_old(nl, c);
    if (rc == 0)
        rc = nft_bound_plan(nl, &c->want, &c->old, &c->bound);
    return rc;
}

static int
write_all(struct nft_nl *nl, const struct change *c)
{
    const struct nft *nft = nl->nft;
    struct nft_desc desc;
    struct nft_batch b;
    int rc = 0;

    nft_batch_init(&b, nl);
    if (c->build)
        nft_table_build(&b, nft, &c->skeleton);
    nft_set_put(&b, nft, false, &c->old);
    nft_set_put(&b, nft, false, &c->bound.del);
    if (c->indexed)
        nft_set_put_owner(&b, nft, false, c->owner, NULL);
    if (c->want.n > 0) {
        nft_desc_encode(&desc, &c->want);
        nft_set_put_owner(&b, nft, true, c->owner, &desc);
        nft_set_put(&b, nft, true, &c->want);
        nft_set_put(&b, nft, true, &c->bound.add);
    } else {
        nft_set_put(&b, nft, true, &c->bound.add);
    }
    rc = nft_nl_commit(nl, &b);
    nft_batch_clear(&b);
    return rc;
}

/* An element of somebody else on single addresses with the port of E. */
static int
find_single(struct nft_nl *nl, const struct nft_elem *e, const char *owner,
            struct nft_elem *holder)
{
    unsigned set = e->set == SET_PORT4 ? SET_HOSTPORT4 : SET_HOSTPORT6;
    struct nft_elems all = {0};
    int rc = nft_dump_set(nl, set, NULL, &all);
    bool found = false;

    for (size_t i = 0; rc == 0 && !found && i < all.n; i++) {
        struct nft_elem like = nft_bound_like(&all.v[i], e->set);

        found = !memcmp(like.key, e->key, 8) &&
                strcmp(all.v[i].comment, owner) != 0;
        if (found)
            *holder = all.v[i];
    }
    nft_elems_clear(&all);
    return found ? 0 : -ENOENT;
}

/* Who else has what E wants?  -ENOENT: nobody. */
static int
find_holder(struct nft_nl *nl, const struct nft_elem *e, const char *owner,
            struct nft_elem *holder)
{
    bool single = e->set == SET_HOSTPORT4 || e->set == SET_HOSTPORT6;

    *holder = *e;
    if (e->set == SET_BRIDGES)
        return -ENOENT;
    if (nft_dump_one(nl, holder, NULL) == 0 && strcmp(holder->comment, owner))
        return 0;
    if (e->set == SET_PORT4 || e->set == SET_PORT6) {
        *holder =
            nft_bound_like(e, e->set == SET_PORT4 ? SET_BOUND4 : SET_BOUND6);
        return nft_dump_one(nl, holder, NULL) == 0
                   ? find_single(nl, e, owner, holder)
                   : -ENOENT;
    }
    if (!single)
        return -ENOENT;
    *holder =
        nft_bound_like(e, e->set == SET_HOSTPORT4 ? SET_PORT4 : SET_PORT6);
    return nft_dump_one(nl, holder, NULL) == 0 && strcmp(holder->comment, owner)
               ? 0
               : -ENOENT;
}

/* 0 if there is no clash after all. */
static int
name_clash(struct nft_nl *nl, const struct change *c, pp_err *err)
{
    for (size_t i = 0; i < c->want.n; i++) {
        struct nft_elem holder;
        char text[NFT_TEXT_MAX];

        if (find_holder(nl, &c->want.v[i], c->owner, &holder) < 0)
            continue;
        nft_elem_text(&holder, text, sizeof(text));
        return pp_host_fail(nl->nft->host, err, PP_E_EXISTS, 0,
                            "owner %s wants what owner %s has: %s", c->owner,
                            holder.comment, text);
    }
    return 0;
}

static int
change(const struct nft *nft, struct change *c, pp_err *err)
{
    struct nft_nl nl;
    int rc = nft_nl_open(&nl, nft, err);

    if (rc < 0)
        return rc;
    for (;;) {
        rc = read_all(&nl, c);
        if (rc == 0)
            rc = write_all(&nl, c);
        if (rc == 0 || nft_nl_again(&nl, rc)) {
            if (rc == 0)
                break;
            continue;
        }
        if (rc == -EEXIST && name_clash(&nl, c, err) < 0) {
            nft_nl_close(&nl);
            return -PP_E_EXISTS;
        }
        if (c->thorough || (rc != -EEXIST && rc != -ENOENT))
            break;
        c->thorough = true;
    }
    if (rc < 0)
        rc = nft_nl_fail(&nl, rc, "owner", c->owner, err);
    nft_nl_close(&nl);
    return rc;
}

int
nft_remove(void *self, const char *owner, pp_err *err)
{
    const struct nft *nft = self;
    struct change c = {.owner = owner};
    int rc = nft_want_owner(nft, owner, err);

    if (rc == 0)
        rc = change(nft, &c, err);
    forget(&c);
    return rc;
}

int
nft_apply(void *self, const pp_fw_rules *r, pp_err *err)
{
    const struct nft *nft = self;
    struct change c = {.owner = r->owner};
    int rc = nft_want_rules(nft, r, &c.want, err);

    if (rc == 0)
        rc = nft_want_unique(nft, &c.want, err);
    if (rc == 0)
        rc = change(nft, &c, err);
    if (rc == 0)
        nft_localnet_set(nft, r);
    forget(&c);
    nft_elems_clear(&c.want);
    return rc;
}
