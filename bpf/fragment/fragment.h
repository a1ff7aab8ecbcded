/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A fragment as it comes: which packet it belongs to, and which part of it it is. The twin is src/lvs/reassembly.ts. */
#ifndef WEIR_FRAGMENT_FRAGMENT_H
#define WEIR_FRAGMENT_FRAGMENT_H

#include "../context.h"
#include "../parse/parse.h"

/* Of the headers before the data, what the length in the IP header does not count. */
#define UNCOUNTED_HEADER (WEIR_FAMILY == 4 ? 0 : sizeof(struct ipv6hdr))

/* Which packet a fragment belongs to. */
struct fragments {
	__be32 source[4];
	__be32 target[4];
	__be32 id;
	__u16 family;
	__u16 protocol; /* of IPv4 */
};

/* The fragment at hand. */
struct fragment {
	struct fragments key;
	__u32 header;   /* bytes of the headers before the data, without IPv6's fragment header */
	__u32 data;     /* where its data is in the frame */
	__u32 start;    /* of its data in the packet's */
	__u32 length;
	__u32 size;     /* IP length */
	__u32 next_at;
	__u8 next;
	__u8 more;
	__u8 whole;     /* DF */
};

#if WEIR_FAMILY == 4

/* Global, so that it is verified once. */
__noinline int fragment_read(struct weir_context *ctx, const struct packet *packet, struct fragment *fragment)
{
	struct iphdr ip;

	if (!packet || !fragment)
		return -1;
	if (context_load(ctx, sizeof(struct ethhdr), &ip, sizeof(ip)))
		return -1;
	fragment->key.id = ip.id;
	fragment->key.protocol = ip.protocol;
	fragment->header = packet->transport - sizeof(struct ethhdr);
	fragment->data = packet->transport;
	fragment->start = (bpf_ntohs(ip.frag_off) & 0x1fff) * 8;
	fragment->more = !!(ip.frag_off & bpf_htons(IP_MORE));
	fragment->whole = !!(ip.frag_off & bpf_htons(IP_DF));
	return 0;
}

#else

/* Global, so that it is verified once. */
__noinline int fragment_read(struct weir_context *ctx, const struct packet *packet, struct fragment *fragment)
{
	__u32 at = sizeof(struct ipv6hdr), next_at = offsetof(struct ipv6hdr, nexthdr);
	struct {
		__u8 next;
		__u8 reserved;
		__be16 offset;
		__be32 id;
	} header;
	__u8 begin[2], type;

	if (!packet || !fragment || context_load(ctx, sizeof(struct ethhdr) + next_at, &type, sizeof(type)))
		return -1;
	for (int i = 0; i < MOST_EXTENSIONS; i++) {
		if (type == NEXT_FRAGMENT)
			break;
		if (context_load(ctx, sizeof(struct ethhdr) + at, begin, sizeof(begin)))
			return -1;
		next_at = at;
		at += extension_length(type, begin[1]);
		type = begin[0];
	}
	if (type != NEXT_FRAGMENT || context_load(ctx, sizeof(struct ethhdr) + at, &header, sizeof(header)))
		return -1;
	fragment->key.id = header.id;
	fragment->header = at;
	fragment->data = sizeof(struct ethhdr) + at + sizeof(header);
	fragment->start = bpf_ntohs(header.offset) & ~7u;
	fragment->more = bpf_ntohs(header.offset) & 1;
	fragment->next_at = next_at;
	fragment->next = header.next;
	return 0;
}

#endif

static __always_inline int fragments_equal(const struct fragments *one, const struct fragments *other)
{
	const __u32 *a = (const __u32 *)one, *b = (const __u32 *)other;
	__u32 difference = 0;

#pragma unroll
	for (int i = 0; i < (int)(sizeof(*one) / sizeof(*a)); i++)
		difference |= a[i] ^ b[i];
	return !difference;
}

static __always_inline __u32 fragments_hash(const struct fragments *key)
{
	__u32 hash = key->id ^ key->protocol;

#pragma unroll
	for (int i = 0; i < 4; i++)
		hash ^= key->source[i] ^ key->target[i];
	return hash * 0x9e3779b1u >> 16;
}

#endif
