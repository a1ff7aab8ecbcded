/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Events for `weir observe`: what becomes of connections, and of packets that are dropped. Nobody observes most of the time; then it is
 * one test of a word, and packets of established connections never come by here.
 */
#ifndef WEIR_EVENTS_TELLER_H
#define WEIR_EVENTS_TELLER_H

#include "../explain/explain.h"
#include "../maps.h"

/* Packets and the sweeper run on the same processor, one in the middle of the other. */
#if defined(WEIR_SWEEP)
#define OWN_TELLER 1
#else
#define OWN_TELLER 0
#endif

static __always_inline int is_observed(const struct weir_settings *settings, __u32 kind)
{
	return !EXPLAINS && (settings->observed & (1u << kind));
}

/* Room for the next event of this kind, or NULL: it is not its turn, there were too many, or user space reads too slowly. */
static __always_inline struct weir_event *event_begin(const struct weir_settings *settings, __u32 kind)
{
	__u32 own = OWN_TELLER, tick;
	struct weir_teller *teller = bpf_map_lookup_elem(&tellers, &own);
	struct weir_event *event = NULL;
	__u64 now;

	if (!teller || !is_observed(settings, kind))
		return NULL;
	kind &= WEIR_EVENT_KINDS - 1;
	if (++teller->turns[kind] < settings->observe_every)
		return NULL;
	teller->turns[kind] = 0;
	now = bpf_ktime_get_ns();
	tick = now >> WEIR_TICK_SHIFT;
	if (teller->tick != tick) {
		teller->tick = tick;
		teller->told = 0;
	}
	if (teller->told < WEIR_EVENTS_A_TICK)
		event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event) {
		teller->lost++;
		return NULL;
	}
	teller->told++;
	__builtin_memset(event, 0, sizeof(*event));
	event->time = now;
	event->every = settings->observe_every;
	event->kind = kind;
	return event;
}

/* User space looks by itself, so nobody is woken. */
static __always_inline void event_end(struct weir_event *event)
{
	bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
}

#endif
