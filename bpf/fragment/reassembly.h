/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fragments wait here for the rest of their packet. One that has come before is ignored, other overlaps make the packet be given up
 * (RFC 5722). The twin is src/lvs/reassembly.ts.
 */
#ifndef WEIR_FRAGMENT_REASSEMBLY_H
#define WEIR_FRAGMENT_REASSEMBLY_H

#include "fragment.h"
#include "pieces.h"

#define REASSEMBLIES 128 /* a power of two */
#define REASSEMBLY_WAYS 4

#if WEIR_FAMILY == 4
/* 30 s (net.ipv4.ipfrag_time). */
#define REASSEMBLY_TICKS 28610u
#else
/* 60 s (net.ipv6.ip6frag_time). */
#define REASSEMBLY_TICKS 57220u
#endif

/* A packet that is whole goes on at once. One that is not cut in the end has been dropped on the way: its place is free after a second. */
#define TAKEN_TICKS 954u

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
	__u8 bytes[DATAGRAM_LONGEST + 1 + PIECES_LONGEST]; /* the end of it is for the verifier, which does not see that start and length depend */
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

static __always_inline struct reassembly *reassembly_at(__u32 number)
{
	__u32 first = 0;

	(void)number;
	return bpf_map_lookup_elem(&reassembly_copy, &first);
}

static __always_inline struct reassembly *explain_copy_reassembly(const struct reassembly *place)
{
	__u32 first = 0;

	if (!place || bpf_map_update_elem(&reassembly_copy, &first, place, BPF_ANY))
		return NULL;
	return bpf_map_lookup_elem(&reassembly_copy, &first);
}

/* Nobody else has the copy. But what is read before and what after is not to be mixed: newer verifiers follow that sixty times as long. */
static __always_inline void reassembly_lock(struct reassembly *place)
{
	asm volatile("" : "+r"(place));
}

static __always_inline void reassembly_unlock(struct reassembly *place)
{
	(void)place;
}

#else

static __always_inline struct reassembly *reassembly_at(__u32 number)
{
	return bpf_map_lookup_elem(&reassemblies, &number);
}

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

/* Ticks that a packet has waited for the rest. Global, so that it is verified once: in the loop each of its ways would double those after it. */
__noinline __u32 reassembly_age(__u32 since, __u32 now)
{
	return ticks_since(since, now);
}

/* The packet has left. */
static __always_inline void reassembly_release(__u32 number)
{
	struct reassembly *place = reassembly_at(number);

	if (place)
		place->stage = REASSEMBLY_FREE;
}

/* True while the packet is on its way, and the rest of it here. */
static __always_inline int reassembly_is_taken(const struct reassembly *place, __u32 age)
{
	return place->stage == REASSEMBLY_TAKEN && age < TAKEN_TICKS;
}

/* Where the packet of a fragment is being put together, or the place that has been waiting longest; `number`: its own. */
static __always_inline struct reassembly *reassembly_find(const struct fragments *key, __u32 now, __u32 *number)
{
	__u32 hash = fragments_hash(key), age, oldest = 0;
	struct reassembly *found = NULL;

	for (int i = 0; i < REASSEMBLY_WAYS; i++) {
		__u32 slot = (hash + i) & (REASSEMBLIES - 1);
		struct reassembly *one = bpf_map_lookup_elem(&reassemblies, &slot);

		if (!one)
			return NULL;
		age = one->stage == REASSEMBLY_FREE ? ~0u : reassembly_age(one->since, now);
		if (reassembly_is_taken(one, age))
			continue;
		if (one->stage == REASSEMBLY_OPEN && age < REASSEMBLY_TICKS && fragments_equal(&one->key, key)) {
			*number = slot;
			return one;
		}
		if (!found || age > oldest) {
			found = one;
			oldest = age;
			*number = slot;
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

/* Forgets what has come of a packet. */
static __always_inline void reassembly_forget(struct reassembly *place, const struct fragments *key)
{
	reassembly_lock(place);
	if (place->stage == REASSEMBLY_OPEN && fragments_equal(&place->key, key))
		place->stage = REASSEMBLY_FREE;
	reassembly_unlock(place);
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
static __always_inline enum admission reassembly_add(struct reassembly *place, const struct fragment *fragment, __u32 now)
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
	place->since = now;
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
	if (reassembly_is_taken(place, ticks_since(place->since, now))) {
		reassembly_unlock(place);
		return ADMISSION_REFUSED;
	}
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
	if (start > DATAGRAM_LONGEST || length > PIECES_LONGEST || header > PIECE_HEADERS)
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
		admission = reassembly_add(place, fragment, now);
	reassembly_unlock(place);
	return admission == ADMISSION_HELD && displaces ? ADMISSION_DISPLACED : admission;
}

#endif
