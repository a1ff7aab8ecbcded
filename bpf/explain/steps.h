/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The steps of an explanation, as the programs take them: each of those below says what it has found or decided. Part of explain.h. */
#ifndef WEIR_EXPLAIN_STEPS_H
#define WEIR_EXPLAIN_STEPS_H

#include "record.h"

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

#endif
