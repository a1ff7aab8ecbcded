/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The programs compiled once more, so that they explain: WEIR_EXPLAIN is defined (explain.bpf.c). They read the director's tables and
 * leave them as they are. Whatever they would have changed of one is a copy of their own, and what only counts is not counted; they
 * write down what they decide. In the programs that forward nothing of this is left.
 */
#ifndef WEIR_EXPLAIN_H
#define WEIR_EXPLAIN_H

#include "maps.h"

#if defined(WEIR_EXPLAIN)

#define EXPLAINS 1

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct weir_explanation);
} explanations SEC(".maps");

/* Copies of connections: the one of the packet, and the entry of its other direction. */
#define EXPLAIN_COPIES 2

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, EXPLAIN_COPIES);
	__type(key, __u32);
	__type(value, struct weir_connection);
} copies SEC(".maps");

/* The connection that the packet would have made, which the next program finds as it would find one in the table. */
struct made {
	struct weir_flow flow;
	struct weir_connection entry;
	struct weir_partner partner;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct made);
} makings SEC(".maps");

static __always_inline struct weir_explanation *explanation_get(void)
{
	__u32 first = 0;

	return bpf_map_lookup_elem(&explanations, &first);
}

/* The next step, of this kind and otherwise zero; NULL if there is no room. */
static __always_inline struct weir_step *explain(__u8 kind)
{
	struct weir_explanation *explanation = explanation_get();
	struct weir_step *step;
	__u32 place;

	if (!explanation)
		return NULL;
	place = explanation->count;
	if (place >= WEIR_STEPS)
		return NULL;
	explanation->count = place + 1;
	step = &explanation->steps[place];
	step->kind = kind;
	step->family = FAMILY;
	return step;
}

/* Global, as others here, for the sake of the caller's stack. */
__noinline int explain_numbers(__u32 kind, __u32 index, __u32 value, __u32 other)
{
	struct weir_step *step = explain(kind);

	if (!step)
		return 0;
	step->index = index;
	step->value = value;
	step->other = other;
	return 0;
}

static __always_inline void explain_reason(__u32 reason)
{
	struct weir_explanation *explanation = explanation_get();

	if (explanation && !explanation->reason)
		explanation->reason = reason;
}

static __always_inline void explain_leaving(__u32 interface)
{
	explain_numbers(WEIR_STEP_LEAVES, interface, 0, 0);
}

static __always_inline void explain_answer(__u32 reason, const __be32 *client)
{
	struct weir_step *step = explain(WEIR_STEP_ANSWER);

	if (!step)
		return;
	step->value = reason;
	address_copy(step->client, client);
}

/*
 * The connection of a packet, as its client sees it, by the entry that was found under `flow` and its partner, NULL but for full NAT; the
 * packet counts as one of `role`.
 */
__noinline int explain_connection(const struct weir_flow *flow, const struct weir_connection *entry, const struct weir_partner *partner,
				  __u32 role)
{
	struct weir_explanation *explanation = explanation_get();
	struct weir_step *step = explain(WEIR_STEP_CONNECTION);
	int is_request;

	if (!step || !explanation || !flow || !entry)
		return 0;
	is_request = entry->role == WEIR_ROLE_REQUEST;
	explanation->known = 1;
	step->protocol = flow->protocol;
	step->value = entry->state;
	step->other = role;
	step->index = entry->destination;
	step->method = entry->method;
	address_copy(step->client, is_request ? flow->source : flow->target);
	address_copy(step->virtual_address, is_request ? flow->target : entry->address);
	address_copy(step->server, is_request ? entry->address : flow->source);
	step->client_port = is_request ? flow->source_port : flow->target_port;
	step->virtual_port = is_request ? flow->target_port : entry->port;
	step->server_port = is_request ? entry->port : flow->source_port;
	if (!partner)
		return 0;
	address_copy(step->source, is_request ? partner->address : flow->target);
	step->source_port = is_request ? partner->port : flow->target_port;
	if (is_request)
		return 0;
	address_copy(step->client, partner->address);
	step->client_port = partner->port;
	return 0;
}

/* What a real server will see in place of the client; NULL: no port is free. */
static __always_inline void explain_source(const __be32 *address, __be16 port)
{
	struct weir_step *step = explain(WEIR_STEP_SOURCE);

	if (!step || !address)
		return;
	step->value = 1;
	step->source_port = port;
	address_copy(step->source, address);
}

/* The entry that was made under `flow`, if one was. Not inlined: what it needs of the stack is free again after it. */
static __noinline struct made *explain_made(const struct weir_flow *flow)
{
	struct weir_explanation *explanation = explanation_get();
	__u32 first = 0;
	struct made *made = bpf_map_lookup_elem(&makings, &first);

	if (!explanation || !explanation->made || !made)
		return NULL;
	return address_equal(made->flow.source, flow->source) && address_equal(made->flow.target, flow->target) &&
			       made->flow.source_port == flow->source_port && made->flow.target_port == flow->target_port &&
			       made->flow.protocol == flow->protocol ?
		       made :
		       NULL;
}

static __always_inline struct weir_connection *explain_made_entry(const struct weir_flow *flow)
{
	struct made *made = explain_made(flow);

	return made ? &made->entry : NULL;
}

static __always_inline struct weir_partner *explain_made_partner(const struct weir_flow *flow)
{
	struct made *made = explain_made(flow);

	return made && made->entry.method == WEIR_METHOD_FULL_NAT ? &made->partner : NULL;
}

/* Makes a connection of which only those who explain know; its entry. */
static __always_inline struct weir_connection *explain_making(const struct weir_flow *flow, const struct weir_connection *entry)
{
	struct weir_explanation *explanation = explanation_get();
	__u32 first = 0;
	struct made *made = bpf_map_lookup_elem(&makings, &first);

	if (!explanation || !made)
		return NULL;
	explanation->made = 1;
	made->flow = *flow;
	made->entry = *entry;
	return &made->entry;
}

static __always_inline void explain_making_partner(const struct weir_partner *partner)
{
	__u32 first = 0;
	struct made *made = bpf_map_lookup_elem(&makings, &first);

	if (made)
		made->partner = *partner;
}

static __always_inline void explain_unknown(void)
{
	struct weir_explanation *explanation = explanation_get();

	if (explanation && !explanation->known)
		explain(WEIR_STEP_UNKNOWN);
}

static __always_inline void explain_template(const struct weir_template *template, __u32 outcome)
{
	struct weir_step *step = explain(WEIR_STEP_TEMPLATE);

	if (!step)
		return;
	step->protocol = template->key.protocol;
	__builtin_memcpy(step->client, template->key.client, sizeof(step->client));
	__builtin_memcpy(step->virtual_address, template->key.address, sizeof(step->virtual_address));
	step->virtual_port = template->key.port;
	step->server_port = template->port;
	step->index = template->destination;
	step->value = outcome;
}

/* A field becomes another address and port; `ports` says which of the two have one, see WEIR_STEP_REWRITE. */
static __always_inline void explain_rewrite(__u32 field, const __be32 *from, __be16 from_port, const __be32 *to, __be16 to_port,
					    __u32 ports)
{
	struct weir_step *step = explain(WEIR_STEP_REWRITE);

	if (!step)
		return;
	step->value = field;
	step->other = ports;
	step->server_family = FAMILY;
	address_copy(step->client, from);
	address_copy(step->server, to);
	step->client_port = from_port;
	step->server_port = to_port;
}

/* The outer header of a tunnel, `to` is of this family. */
static __always_inline void explain_outer(__u32 field, const __be32 *from, const __be32 *to, __u8 family)
{
	struct weir_step *step = explain(WEIR_STEP_REWRITE);

	if (!step)
		return;
	step->value = field;
	step->server_family = family;
	address_copy(step->client, from);
	__builtin_memcpy(step->server, to, sizeof(step->server));
}

/* A connection that the packet ends no longer counts at its destination. */
static __always_inline void explain_end(__u32 destination, __u32 active)
{
	struct weir_explanation *explanation = explanation_get();

	if (!explanation)
		return;
	explanation->ended = 1;
	explanation->ended_destination = destination;
	explanation->ended_active = active;
}

/* 1 if a connection of this destination has ended, which was active or not. */
static __always_inline int explain_has_ended(__u32 destination, __u32 *active)
{
	struct weir_explanation *explanation = explanation_get();

	if (!explanation || !explanation->ended || explanation->ended_destination != destination)
		return 0;
	*active = explanation->ended_active;
	return 1;
}

static __always_inline struct weir_connection *explain_copy(const struct weir_connection *entry, __u32 place)
{
	struct weir_connection *copy = bpf_map_lookup_elem(&copies, &place);

	if (!copy || !entry)
		return NULL;
	*copy = *entry;
	return copy;
}

/* A copy of the template of this number, the same for all who ask for it. */
static __always_inline struct weir_template *explain_copy_template(const struct weir_template *template, __u32 serial)
{
	struct weir_explanation *explanation = explanation_get();

	if (!explanation || !template)
		return NULL;
	if (explanation->serial != serial) {
		explanation->serial = serial;
		explanation->template = *template;
	}
	return &explanation->template;
}

#else

#define EXPLAINS 0

static __always_inline void explain_numbers(__u8 kind, __u32 index, __u32 value, __u32 other)
{
	(void)kind;
	(void)index;
	(void)value;
	(void)other;
}

static __always_inline void explain_reason(__u32 reason)
{
	(void)reason;
}

static __always_inline void explain_leaving(__u32 interface)
{
	(void)interface;
}

static __always_inline void explain_answer(__u32 reason, const __be32 *client)
{
	(void)reason;
	(void)client;
}

static __always_inline void explain_connection(const struct weir_flow *flow, const struct weir_connection *entry,
					       const struct weir_partner *partner, __u32 role)
{
	(void)role;
	(void)flow;
	(void)partner;
	(void)entry;
}

static __always_inline void explain_source(const __be32 *address, __be16 port)
{
	(void)address;
	(void)port;
}

static __always_inline struct weir_connection *explain_made_entry(const struct weir_flow *flow)
{
	(void)flow;
	return NULL;
}

static __always_inline struct weir_partner *explain_made_partner(const struct weir_flow *flow)
{
	(void)flow;
	return NULL;
}

static __always_inline struct weir_connection *explain_making(const struct weir_flow *flow, struct weir_connection *entry)
{
	(void)flow;
	return entry;
}

static __always_inline void explain_making_partner(const struct weir_partner *partner)
{
	(void)partner;
}

static __always_inline void explain_unknown(void)
{
}

static __always_inline void explain_template(const struct weir_template *template, __u32 outcome)
{
	(void)template;
	(void)outcome;
}

static __always_inline void explain_outer(__u32 field, const __be32 *from, const __be32 *to, __u8 family)
{
	(void)field;
	(void)from;
	(void)to;
	(void)family;
}

static __always_inline void explain_rewrite(__u32 field, const __be32 *from, __be16 from_port, const __be32 *to, __be16 to_port,
					    __u32 ports)
{
	(void)field;
	(void)ports;
	(void)from;
	(void)from_port;
	(void)to;
	(void)to_port;
}

static __always_inline void explain_end(__u32 destination, __u32 active)
{
	(void)destination;
	(void)active;
}

static __always_inline int explain_has_ended(__u32 destination, __u32 *active)
{
	(void)destination;
	(void)active;
	return 0;
}

static __always_inline struct weir_connection *explain_copy(struct weir_connection *entry, __u32 place)
{
	(void)place;
	return entry;
}

static __always_inline struct weir_template *explain_copy_template(struct weir_template *template, __u32 serial)
{
	(void)serial;
	return template;
}

#endif

#endif
