/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What stands in the programs that forward in place of steps.h and copies.h: nothing, and the entries of the tables themselves. Part of explain.h. */
#ifndef WEIR_EXPLAIN_SILENT_H
#define WEIR_EXPLAIN_SILENT_H

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
