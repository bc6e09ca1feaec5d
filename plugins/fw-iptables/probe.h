/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fw-iptables/probe.h - is this plugin of use here, and how is it
 */
#ifndef FWI_PROBE_H
#define FWI_PROBE_H

#include "fwi.h"

/* Reads files in /proc and /lib/modules and asks nf_tables for its tables. */
int fwi_probe(const pp_host *host, const pp_config *config, pp_probe *probe,
              pp_err *err);

int fwi_status(void *self, pp_sink *json, pp_err *err);

/*
 * neighbour.c: who else has tables in nf_tables?  Rules of iptables-nft
 * neither see ours nor are seen by us, and firewalld's reject what they do
 * not accept themselves; a packet must pass all.
 *
 * Never makes the kernel load nf_tables.
 */
#define FWI_NFT_IPTABLES 0x1u
#define FWI_NFT_FIREWALLD 0x2u

unsigned fwi_nft_neighbours(void);

/* A dump of nf_tables asked for: a socket for its answers, or -1. */
int fwi_nft_dump(uint16_t message);

/*
 * foreign.c: chains of nf_tables that drop what they do not accept
 * themselves, as one warning with the commands that let a bridge through;
 * false if there are none.
 */
#define FWI_WARNING_MAX 3072
bool fwi_foreign_warning(char *line, size_t size);

#endif
