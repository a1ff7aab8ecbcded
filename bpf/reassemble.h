/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fragments wait here for the rest of their packet; with the last that is missing, the frame at hand becomes the whole packet and goes
 * through the director. One that has come before is ignored, other overlaps make the packet be given up (RFC 5722). TC only. The twin
 * is src/lvs/reassembly.ts.
 */
#ifndef WEIR_REASSEMBLE_H
#define WEIR_REASSEMBLE_H

#include "connection.h"
#include "interest.h"
#include "martian.h"
#include "pieces.h"
#include "tell.h"

#define REASSEMBLIES 128 /* a power of two */
#define REASSEMBLY_WAYS 4

#if WEIR_FAMILY == 4
/* 30 s (net.ipv4.ipfrag_time). */
#define REASSEMBLY_TICKS 28610u
/* The kernel counts the header of the first fragment of IPv6 twice (nf_conntrack_reasm.c). */
#define LARGEST_EXTRA 0
#else
/* 60 s (net.ipv6.ip6frag_time). */
#define REASSEMBLY_TICKS 57220u
#define LARGEST_EXTRA sizeof(struct ipv6hdr)
#endif

/* Which packet a fragment belongs to. */
struct fragments {
	__be32 source[4];
	__be32 target[4];
	__be32 id;
	__u16 family;
	__u16 protocol; /* of IPv4 */
};

enum reassembly_stage { REASSEMBLY_FREE = 0, REASSEMBLY_OPEN = 1, REASSEMBLY_TAKEN = 2 };

/* A packet in the making. `lock` guards all but headers and bytes, which are written where no other fragment writes. */
struct reassembly {
	__u32 stage;
	__u32 since;         /* tick of the first fragment that came */
	struct fragments key;
	__u32 header;        /* bytes of the headers before the data; 0 until the first fragment is there */
	__u32 next_at;       /* IPv6: where in them the type of what follows stands, and that type */
	__u32 next;
	__u32 end;           /* of the data; 0 until the last fragment is there */
	__u32 have;          /* bytes of data that are there */
	__u32 largest;       /* IP length of the largest fragment, and of the largest with DF */
	__u32 largest_whole;
	__u32 pieces;
	struct piece list[MOST_PIECES];
	__u8 headers[PIECE_HEADERS];
	__u8 bytes[2 * PIECES_LONGEST]; /* half of it is for the verifier, which does not see that start and length depend */
	struct bpf_spin_lock lock;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, REASSEMBLIES);
	__type(key, __u32);
	__type(value, struct reassembly);
} reassemblies SEC(".maps");

#if defined(WEIR_EXPLAIN)

/* A copy of the packet in the making, without its lock. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, offsetof(struct reassembly, lock));
} reassembly_copy SEC(".maps");

static __always_inline struct reassembly *explain_copy_reassembly(const struct reassembly *place)
{
	__u32 first = 0;

	if (!place || bpf_map_update_elem(&reassembly_copy, &first, place, BPF_ANY))
		return NULL;
	return bpf_map_lookup_elem(&reassembly_copy, &first);
}

static __always_inline void reassembly_lock(struct reassembly *place)
{
	(void)place;
}

static __always_inline void reassembly_unlock(struct reassembly *place)
{
	(void)place;
}

#else

static __always_inline struct reassembly *explain_copy_reassembly(struct reassembly *place)
{
	return place;
}

static __always_inline void reassembly_lock(struct reassembly *place)
{
	bpf_spin_lock(&place->lock);
}

static __always_inline void reassembly_unlock(struct reassembly *place)
{
	bpf_spin_unlock(&place->lock);
}

#endif

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

/* Ticks that a packet has waited for the rest. Global, so that it is verified once: in the loop each of its ways would double those after it. */
__noinline __u32 reassembly_age(__u32 since, __u32 now)
{
	return ticks_since(since, now);
}

/* Where the packet of a fragment is being put together, or the place that has been waiting longest. */
static __always_inline struct reassembly *reassembly_find(const struct fragments *key, __u32 now)
{
	__u32 hash = fragments_hash(key), age, oldest = 0;
	struct reassembly *found = NULL;

	for (int i = 0; i < REASSEMBLY_WAYS; i++) {
		__u32 slot = (hash + i) & (REASSEMBLIES - 1);
		struct reassembly *one = bpf_map_lookup_elem(&reassemblies, &slot);

		if (!one)
			return NULL;
		if (one->stage == REASSEMBLY_TAKEN)
			continue;
		age = one->stage == REASSEMBLY_FREE ? ~0u : reassembly_age(one->since, now);
		if (age < REASSEMBLY_TICKS && fragments_equal(&one->key, key))
			return one;
		if (!found || age > oldest) {
			found = one;
			oldest = age;
		}
	}
	return found;
}

/* ADMISSION_DISPLACED: held, and a packet that others were still waiting for has been given up for it. */
enum admission { ADMISSION_HELD, ADMISSION_COMPLETE, ADMISSION_KNOWN, ADMISSION_REFUSED, ADMISSION_DISPLACED };

/* Called with the lock held: begins a packet if the place has another one, or one that is too old. True if that might still have come. */
static __always_inline int reassembly_claim(struct reassembly *place, const struct fragments *key, __u32 now)
{
	int waits = place->stage == REASSEMBLY_OPEN && ticks_since(place->since, now) < REASSEMBLY_TICKS;

	if (waits && fragments_equal(&place->key, key))
		return 0;
	place->stage = REASSEMBLY_OPEN;
	place->since = now;
	place->key = *key;
	place->header = 0;
	place->end = 0;
	place->have = 0;
	place->largest = 0;
	place->largest_whole = 0;
	place->pieces = 0;
	return waits;
}

/* Called with the lock held: how the fragment fits in with those that are there. */
static __always_inline enum admission reassembly_look(const struct reassembly *place, const struct fragment *fragment)
{
	__u32 end = fragment->start + fragment->length;

	for (__u32 i = 0; i < MOST_PIECES; i++) {
		__u32 start, stop;

		if (i >= place->pieces)
			break;
		start = place->list[i].start;
		stop = start + place->list[i].length;
		if (fragment->start >= start && end <= stop)
			return ADMISSION_KNOWN;
		if (fragment->start < stop && end > start)
			return ADMISSION_REFUSED;
	}
	return place->pieces >= MOST_PIECES ? ADMISSION_REFUSED : ADMISSION_HELD;
}

/* Called with the lock held. */
static __always_inline enum admission reassembly_add(struct reassembly *place, const struct fragment *fragment)
{
	__u32 slot = place->pieces;

	if (slot >= MOST_PIECES)
		return ADMISSION_REFUSED;
	place->list[slot].start = fragment->start;
	place->list[slot].length = fragment->length;
	place->pieces = slot + 1;
	place->have += fragment->length;
	if (fragment->size > place->largest)
		place->largest = fragment->size;
	if (fragment->whole && fragment->size > place->largest_whole)
		place->largest_whole = fragment->size;
	if (!fragment->more)
		place->end = fragment->start + fragment->length;
	if (fragment->start == 0) {
		place->header = fragment->header;
		place->next_at = fragment->next_at;
		place->next = fragment->next;
	}
	if (!place->header || !place->end || place->have != place->end)
		return ADMISSION_HELD;
	place->stage = REASSEMBLY_TAKEN;
	return ADMISSION_COMPLETE;
}

/* Takes the fragment in; everything is looked at twice, since its bytes are copied without the lock. */
static __always_inline enum admission reassembly_admit(struct weir_context *ctx, struct reassembly *place,
						       const struct fragment *fragment, __u32 now)
{
	__u32 start = fragment->start, length = fragment->length, header = fragment->header;
	enum admission admission;
	int displaces;

	reassembly_lock(place);
	displaces = reassembly_claim(place, &fragment->key, now);
	admission = reassembly_look(place, fragment);
	if (admission == ADMISSION_REFUSED)
		place->stage = REASSEMBLY_FREE;
	reassembly_unlock(place);
	if (admission != ADMISSION_HELD)
		return admission;
	if (length == 0 || length > PIECES_LONGEST)
		return ADMISSION_REFUSED;
	length = piece_size(length);
	header = piece_size(header);
	asm volatile("" : "+r"(start));
	if (start > PIECES_LONGEST || length > PIECES_LONGEST || header > PIECE_HEADERS)
		return ADMISSION_REFUSED;
	if (context_load(ctx, fragment->data, place->bytes + start, length))
		return ADMISSION_REFUSED;
	if (start == 0 && context_load(ctx, sizeof(struct ethhdr), place->headers, header))
		return ADMISSION_REFUSED;
	reassembly_lock(place);
	admission = place->stage == REASSEMBLY_OPEN && fragments_equal(&place->key, &fragment->key) ?
			    reassembly_look(place, fragment) :
			    ADMISSION_REFUSED;
	if (admission == ADMISSION_HELD)
		admission = reassembly_add(place, fragment);
	reassembly_unlock(place);
	return admission == ADMISSION_HELD && displaces ? ADMISSION_DISPLACED : admission;
}

#if WEIR_FAMILY == 4

/* DF stays if the largest fragment had it (ip_fragment.c; recorded: wire/nat-udp-fragments-df). */
static __always_inline void reassembly_write_header(struct reassembly *place)
{
	struct iphdr *ip = (void *)place->headers;
	__u16 *word = (void *)place->headers;
	__u32 sum = 0;

	ip->tot_len = bpf_htons(place->header + place->end);
	ip->frag_off = place->largest_whole && place->largest_whole == place->largest ? bpf_htons(IP_DF) : 0;
	ip->check = 0;
	for (__u32 i = 0; i < 30; i++)
		if (i < place->header >> 1)
			sum += word[i];
	ip->check = ~checksum_fold(sum);
}

#else

/* The header before the fragment header takes over its next header. */
static __always_inline void reassembly_write_header(struct reassembly *place)
{
	struct ipv6hdr *ip = (void *)place->headers;

	ip->payload_len = bpf_htons(place->header - sizeof(*ip) + place->end);
	place->headers[place->next_at & (PIECE_HEADERS - 1)] = place->next;
}

#endif

/* The frame at hand becomes the whole packet. */
static __always_inline int reassembly_restore(struct weir_context *ctx, struct reassembly *place)
{
	__u32 header = place->header, length = place->end;

	if (header < IP_HEADER || header > PIECE_HEADERS || length == 0 || length > PIECES_LONGEST)
		return -1;
	reassembly_write_header(place);
	if (bpf_skb_change_tail(ctx, sizeof(struct ethhdr) + header + length, 0))
		return -1;
	length = piece_size(length);
	header = piece_size(header);
	if (length > PIECES_LONGEST || header > PIECE_HEADERS)
		return -1;
	if (bpf_skb_store_bytes(ctx, sizeof(struct ethhdr), place->headers, header, 0))
		return -1;
	return bpf_skb_store_bytes(ctx, sizeof(struct ethhdr) + header, place->bytes, length, 0) ? -1 : 0;
}

/*
 * The stack forwards fragments of IPv4 before IPVS puts them together: each has to live on, and the sender is told with the first of them.
 * What is marked is delivered to the director, perhaps. Global, so that it is verified once.
 */
__noinline int is_over_before(struct weir_context *ctx, const struct packet *packet)
{
	struct weir_settings *settings = weir_settings_get();

	if (FAMILY != AF_INET || !packet || packet->ttl > 1 || context_is_own(ctx) || context_mark(ctx) ||
	    (settings->marks && is_to_service_address(packet)))
		return 0;
	return !is_own_address(ctx, packet->flow.target);
}

/* The program for fragments. */
static __always_inline int reassemble(struct weir_context *ctx)
{
	struct handover *handover = handover_get();
	struct fragment fragment = {};
	struct cut *cut = cut_get();
	struct reassembly *place;
	enum admission admission;
	__u32 now;
	int failed;

	if (!handover || !cut)
		return WEIR_VERDICT_PASS;
	now = handover->now;
	if (is_over_before(ctx, &handover->packet))
		return leave_to_stack(WEIR_REASON_TTL_EXPIRED);
	address_copy(fragment.key.source, handover->packet.flow.source);
	address_copy(fragment.key.target, handover->packet.flow.target);
	fragment.key.family = FAMILY;
	if (fragment_read(ctx, &handover->packet, &fragment))
		return refuse(ctx, WEIR_REASON_MALFORMED);
	fragment.size = handover->packet.length;
	fragment.length = fragment.size + sizeof(struct ethhdr) - fragment.data;
	if (fragment.start + fragment.length > PIECES_LONGEST)
		return refuse(ctx, WEIR_REASON_FRAGMENT);
	place = explain_copy_reassembly(reassembly_find(&fragment.key, now));
	if (!place)
		return refuse(ctx, WEIR_REASON_FRAGMENT_HELD);
	admission = reassembly_admit(ctx, place, &fragment, now);
	if (admission == ADMISSION_DISPLACED)
		return refuse(ctx, WEIR_REASON_FRAGMENTS_FULL);
	if (admission != ADMISSION_COMPLETE)
		return refuse(ctx, WEIR_REASON_FRAGMENT_HELD);
	cut->pieces = place->pieces > 1 ? place->pieces : 0;
	cut->largest = place->largest + LARGEST_EXTRA;
	__builtin_memcpy(cut->list, place->list, sizeof(cut->list));
	explain_numbers(WEIR_STEP_REASSEMBLED, 0, place->pieces, place->header + place->end);
	failed = reassembly_restore(ctx, place);
	place->stage = REASSEMBLY_FREE;
	if (failed)
		return refuse(ctx, WEIR_REASON_REWRITE_FAILED);
	handover->packet.pieces = cut->pieces > 0;
	bpf_tail_call(ctx, &weir_programs, WEIR_PROGRAM_DIRECTOR);
	return refuse(ctx, WEIR_REASON_INTERNAL);
}

#endif
