/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The kernel's hashes, and tables of places that user space has built with them. Twin: src/lvs/schedulers/hash.ts. */
#ifndef WEIR_SCHEDULE_HASH_H
#define WEIR_SCHEDULE_HASH_H

#include <bpf/bpf_endian.h>
#include "scan.h"

/* The top `bits` bits of a product with the golden ratio. */
static __always_inline __u32 hash_32(__u32 value, __u32 bits)
{
	return value * 0x61c88647u >> (32 - bits);
}

/* An address as 32 bits: IPv6 as its four words, exclusive-ored; of an IPv4 address the other words are zero. */
static __always_inline __u32 fold_address(const __be32 address[4])
{
	return bpf_ntohl(address[0] ^ address[1] ^ address[2] ^ address[3]);
}

/* The client, with its port where flag-2 says so. */
static __always_inline __u32 fold_client(const struct weir_service *service, const struct schedule_flow *flow)
{
	__u32 folded = fold_address(flow->source);

	return service->scheduler_flags & WEIR_SCHEDULER_FLAG_2 ? folded + bpf_ntohs(flow->source_port) : folded;
}

static __always_inline __u64 rotate_64(__u64 value, __u32 by)
{
	return value << by | value >> (64 - by);
}

struct sip {
	__u64 a, b, c, d;
};

static __always_inline void sip_round(struct sip *sip)
{
	sip->a += sip->b;
	sip->b = rotate_64(sip->b, 13) ^ sip->a;
	sip->a = rotate_64(sip->a, 32);
	sip->c += sip->d;
	sip->d = rotate_64(sip->d, 16) ^ sip->c;
	sip->a += sip->d;
	sip->d = rotate_64(sip->d, 21) ^ sip->a;
	sip->c += sip->b;
	sip->b = rotate_64(sip->b, 17) ^ sip->c;
	sip->c = rotate_64(sip->c, 32);
}

/* SipHash-1-3 of one 32-bit number with both halves of the key alike, its low 32 bits. */
static __always_inline __u32 hsiphash_32(__u32 value, __u64 key)
{
	struct sip sip = {
		.a = 0x736f6d6570736575ull ^ key,
		.b = 0x646f72616e646f6dull ^ key,
		.c = 0x6c7967656e657261ull ^ key,
		.d = 0x7465646279746573ull ^ key,
	};
	__u64 message = 4ull << 56 | value;

	sip.d ^= message;
	sip_round(&sip);
	sip.a ^= message;
	sip.c ^= 0xff;
	sip_round(&sip);
	sip_round(&sip);
	sip_round(&sip);
	return sip.a ^ sip.b ^ sip.c ^ sip.d;
}

/* A service's table: where its pages begin, and the list that its places point into. */
struct table {
	__u32 page;
	__u32 first;
	__u32 count;
};

static __always_inline struct table table_of(const struct weir_service *service)
{
	return (struct table){ .page = service->table, .first = service->slots, .count = service->count };
}

/* The destination that an entry of the table points at; -1 if there is no table. */
static __always_inline int table_candidate(const struct table *table, __u32 entry, struct candidate *one)
{
	__u32 page = table->page + entry / WEIR_PAGE_PLACES, chunk = page / WEIR_CHUNK_PAGES;
	void *pages = bpf_map_lookup_elem(&tables, &chunk);
	struct weir_page *found;

	if (!pages)
		return -1;
	page %= WEIR_CHUNK_PAGES;
	found = bpf_map_lookup_elem(pages, &page);
	return found ? candidate_at(table->first, table->count, found->places[entry % WEIR_PAGE_PLACES], one) : -1;
}

/* A search in a service's table. */
struct table_search {
	struct table table;
	__u32 found;
	__u32 index;
};

/* Looks at an entry; 1 if the search is over: it has a destination that may get connections, or there is no table. */
static __always_inline int table_try(struct table_search *search, __u32 entry)
{
	struct candidate one;

	if (table_candidate(&search->table, entry, &one))
		return 1;
	search->found = is_usable(&one);
	search->index = one.index;
	return search->found;
}

#endif
