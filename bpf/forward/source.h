/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The beginning of a connection by full NAT: a source that no other connection to this real server has, chosen by the flow and by what
 * is taken. The twin is src/lvs/source-ports.ts.
 */
#ifndef WEIR_SOURCE_H
#define WEIR_SOURCE_H

#include "../connection/create.h"
#include "../connection/origin.h"
#include "../handover.h"

/* How many ports are tried before a connection is refused. */
#define SOURCE_TRIES 32
#define SOURCE_STEPS 9 /* of a binary search among WEIR_SOURCES */
#define GOLDEN_RATIO_32 0x61c88647u

/* Addresses from the front, both ports in one word, the protocol: as the kernel's hash_32 mixes a word. */
static __always_inline __u32 source_hash(const struct weir_flow *flow)
{
	__u32 hash = 0;

#pragma unroll
	for (int i = 0; i < ADDRESS_WORDS; i++)
		hash = (hash ^ bpf_ntohl(flow->source[i])) * GOLDEN_RATIO_32;
#pragma unroll
	for (int i = 0; i < ADDRESS_WORDS; i++)
		hash = (hash ^ bpf_ntohl(flow->target[i])) * GOLDEN_RATIO_32;
	hash = (hash ^ ((__u32)bpf_ntohs(flow->source_port) << 16 | bpf_ntohs(flow->target_port))) * GOLDEN_RATIO_32;
	hash = (hash ^ flow->protocol) * GOLDEN_RATIO_32;
	return hash ^ hash >> 16;
}

/* The source whose ports have the number `at` among them, if there is one. */
static __always_inline struct weir_source *source_at(const struct weir_source_list *list, __u32 at)
{
	__u32 low = 0, high = list->count, index;
	struct weir_source *source;

	for (int i = 0; i < SOURCE_STEPS; i++) {
		__u32 middle = (low + high) / 2;

		index = list->first + middle;
		source = bpf_map_lookup_elem(&sources, &index);
		if (!source)
			return NULL;
		if (at < source->begin)
			high = middle;
		else if (at - source->begin > (__u32)source->last_port - source->first_port)
			low = middle + 1;
		else
			return source;
	}
	return NULL;
}

/* A search for a free source; `reply` is the flow of the replies to the one that is tried. */
struct source_search {
	struct weir_source_list list;
	struct weir_flow reply;
	struct weir_flow request;       /* of the connection that has it */
	struct weir_connection entry;   /* of the replies */
	__u32 at;
	__u32 step;
	__u32 now;
	__u32 found;
};

/* Not on the stack, which IPv6 fills. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct source_search);
} source_searches SEC(".maps");

static __always_inline struct source_search *source_search_get(void)
{
	__u32 first = 0;

	return bpf_map_lookup_elem(&source_searches, &first);
}

/*
 * True if nobody has the source at hand. A connection whose time is over, and which nothing has swept yet, is ended. Global, so that it
 * is verified once; it finds the search by itself, since older verifiers take no argument of a global function for a key.
 */
__noinline int source_free(void)
{
	struct weir_settings *settings = weir_settings_get();
	struct source_search *search = source_search_get();
	struct weir_connection *entry, *request;
	const struct weir_flow *reply;
	struct reply single;
	struct weir_flow *flow;
	__u32 now;

	if (!search)
		return 0;
	reply = &search->reply;
	flow = &search->request;
	now = search->now;
	single_look(settings, reply, now, &single);
	if (single.entry)
		return 0;
	entry = connection_find(settings, reply);
	if (!entry)
		return 1;
	if (entry->role != WEIR_ROLE_REPLY || !connection_is_over(settings, reply, entry, now))
		return 0;
	if (EXPLAINS)
		return 1;
	connection_other_flow(settings, reply, entry, flow);
	request = connection_other(settings, reply, entry);
	if (!request) {
		connection_erase(settings, reply, entry->method);
	} else if (request->state < WEIR_STATES) {
		struct ending ending = { .state = request->state, .now = now, .kind = WEIR_EVENT_CLOSED };

		/* In place: one more call would need more stack than there is. */
		connection_finish(settings, flow, request, &ending);
	}
	return 1;
}

/* The source that is tried next, into search->reply; 1 if there is none. Global, as in every loop here. */
__noinline int source_aim(void)
{
	struct source_search *search = source_search_get();
	struct weir_source *source;

	if (!search || !search->list.ports)
		return 1;
	source = source_at(&search->list, search->at);
	if (!source)
		return 1;
	address_copy(search->reply.target, source->address);
	search->reply.target_port = bpf_htons(source->first_port + (search->at - source->begin));
	search->at = (search->at + search->step) % search->list.ports;
	return 0;
}

/* Takes it, if it is free; 1 if so. */
__noinline int source_claim(void)
{
	struct weir_settings *settings = weir_settings_get();
	struct source_search *search = source_search_get();
	void *shard;

	if (!search)
		return 1;
	shard = connection_shard(settings, &search->reply);
	if (!shard)
		return 1;
	search->found = EXPLAINS || !bpf_map_update_elem(shard, &search->reply, &search->entry, BPF_NOEXIST);
	return search->found;
}

static long source_step(__u32 step, void *unused)
{
	(void)step;
	(void)unused;
	if (source_aim())
		return 1;
	return source_free() ? source_claim() & 1 : 0;
}

/* Takes a free source for the connection that `entry` describes, and makes its reply entry. 0, or -1 if there is none. */
static __always_inline int source_take(const struct weir_settings *settings, const struct packet *packet,
				       const struct weir_connection *entry, __u32 now, struct source_search *search)
{
	__u32 hash = source_hash(&packet->flow), ports;

	search->list = FAMILY == AF_INET ? settings->sources4 : settings->sources6;
	ports = search->list.ports;
	if (!ports)
		return -1;
	search->now = now;
	search->found = 0;
	search->at = hash % ports;
	/* With so few that all can be tried, all are. */
	search->step = ports <= SOURCE_TRIES ? 1 : 1 + hash * GOLDEN_RATIO_32 % (ports - 1);
	__builtin_memset(&search->reply, 0, sizeof(search->reply));
	search->reply.protocol = packet->flow.protocol;
	address_copy(search->reply.source, entry->address);
	search->reply.source_port = entry->port;
	search->entry = *entry;
	search->entry.role = WEIR_ROLE_REPLY;
	address_copy(search->entry.address, packet->flow.target);
	search->entry.port = packet->flow.target_port;
	bpf_loop(ports < SOURCE_TRIES ? ports : SOURCE_TRIES, source_step, NULL, 0);
	return search->found ? 0 : -1;
}

/* Both partners of the new connection. -1: there is no room, or another processor makes a connection of the same flow just now. */
static __always_inline int source_introduce(const struct weir_settings *settings, const struct weir_flow *flow,
					    const struct weir_flow *reply)
{
	struct weir_partner source = {}, client = {};

	address_copy(source.address, reply->target);
	source.port = reply->target_port;
	address_copy(client.address, flow->source);
	client.port = flow->source_port;
	if (EXPLAINS) {
		explain_source(source.address, source.port);
		explain_making_partner(&source);
		return 0;
	}
	if (partner_add(settings, flow, &source))
		return -1;
	if (!partner_add(settings, reply, &client))
		return 0;
	partner_erase(settings, flow);
	return -1;
}

/* Makes the connection that handover->entry describes; WEIR_REASON_NONE, or why there is none. */
static __always_inline __u32 source_connect(const struct weir_settings *settings, struct handover *handover)
{
	struct packet *packet = &handover->packet;
	__u32 index = handover->entry.destination;
	struct weir_destination *destination = bpf_map_lookup_elem(&destinations, &index);
	struct source_search *search = source_search_get();
	struct weir_connection *created;

	if (!destination || !search)
		return WEIR_REASON_INTERNAL;
	if (source_take(settings, packet, &handover->entry, handover->now, search)) {
		explain_source(NULL, 0);
		return WEIR_REASON_NO_SOURCE_PORT;
	}
	if (source_introduce(settings, &packet->flow, &search->reply)) {
		connection_erase(settings, &search->reply, WEIR_METHOD_FULL_NAT);
		return WEIR_REASON_TABLE_FULL;
	}
	created = connection_create(settings, packet, destination->service, &handover->entry);
	if (created && created->method == WEIR_METHOD_FULL_NAT)
		return WEIR_REASON_NONE;
	partner_erase(settings, &packet->flow);
	connection_erase(settings, &search->reply, WEIR_METHOD_FULL_NAT);
	return WEIR_REASON_TABLE_FULL;
}

/* The program for it. A template is used even by a connection that finds no source. */
static __always_inline int start_full_nat(struct weir_context *ctx)
{
	struct weir_settings *settings = weir_settings_get();
	struct handover *handover = handover_get();
	struct weir_template *template;
	__u32 reason;

	if (!handover)
		return WEIR_VERDICT_PASS;
	reason = source_connect(settings, handover);
	if (reason) {
		template = handover->entry.template ? template_at(handover->entry.template) : NULL;
		if (template)
			template->seen = handover->now;
		return refuse(ctx, reason);
	}
	bpf_tail_call(ctx, &weir_programs, handover->by_quote ? WEIR_PROGRAM_DIRECTOR : WEIR_PROGRAM_CARRIER);
	return refuse(ctx, WEIR_REASON_INTERNAL);
}

#endif
