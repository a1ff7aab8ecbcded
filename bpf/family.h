/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One source, two families. The entry file defines WEIR_FAMILY as 4 or 6 before it includes anything; everything else speaks of
 * addresses of ADDRESS_WORDS words, `struct weir_flow` and `struct weir_connection`.
 */
#ifndef WEIR_FAMILY_H
#define WEIR_FAMILY_H

#include "abi.h"

#define AF_INET 2
#define AF_INET6 10

#if WEIR_FAMILY == 4
#define ADDRESS_WORDS 1
#define FAMILY AF_INET
#define weir_flow weir_flow4
#define weir_connection weir_connection4
#define weir_connections connections4
#define weir_partner weir_partner4
#define weir_partners partners4
#elif WEIR_FAMILY == 6
#define ADDRESS_WORDS 4
#define FAMILY AF_INET6
#define weir_flow weir_flow6
#define weir_connection weir_connection6
#define weir_connections connections6
#define weir_partner weir_partner6
#define weir_partners partners6
#else
#error "define WEIR_FAMILY as 4 or 6"
#endif

static __always_inline int address_equal(const __be32 *one, const __be32 *other)
{
	__u32 difference = 0;

#pragma unroll
	for (int i = 0; i < ADDRESS_WORDS; i++)
		difference |= one[i] ^ other[i];
	return !difference;
}

static __always_inline void address_copy(__be32 *to, const __be32 *from)
{
#pragma unroll
	for (int i = 0; i < ADDRESS_WORDS; i++)
		to[i] = from[i];
}

/* All of an address in one word. */
static __always_inline __u32 address_fold(const __be32 *address)
{
	__u32 fold = address[0];

#pragma unroll
	for (int i = 1; i < ADDRESS_WORDS; i++)
		fold ^= address[i];
	return fold;
}

static __always_inline __u32 settings_services(const struct weir_settings *settings)
{
	return FAMILY == AF_INET ? settings->services4 : settings->services6;
}

static __always_inline __u32 settings_shards(const struct weir_settings *settings)
{
	return FAMILY == AF_INET ? settings->shards4 : settings->shards6;
}

#endif
