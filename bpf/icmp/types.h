/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Types and codes of ICMP (RFC 792) and ICMPv6 (RFC 4443); <linux/icmp.h> needs headers that a program does not have. */
#ifndef WEIR_ICMP_TYPES_H
#define WEIR_ICMP_TYPES_H

#define ICMP_HEADER 8

#if WEIR_FAMILY == 4
#define ICMP_PROTOCOL IPPROTO_ICMP
#else
#define ICMP_PROTOCOL IPPROTO_ICMPV6
#endif

enum icmp_type { ICMP_DEST_UNREACH = 3, ICMP_SOURCE_QUENCH = 4, ICMP_TIME_EXCEEDED = 11 };
enum icmp_unreachable { ICMP_HOST_UNREACH = 1, ICMP_PROT_UNREACH = 2, ICMP_PORT_UNREACH = 3, ICMP_FRAG_NEEDED = 4 };

enum icmpv6_type { ICMPV6_DEST_UNREACH = 1, ICMPV6_PKT_TOOBIG = 2, ICMPV6_TIME_EXCEED = 3, ICMPV6_PARAMPROB = 4, ICMPV6_FIRST_QUERY = 128 };
enum icmpv6_unreachable { ICMPV6_ADDR_UNREACH = 3, ICMPV6_PORT_UNREACH = 4 };
/* Of a parameter problem. */
enum icmpv6_parameter { ICMPV6_UNK_NEXTHDR = 1 };

#endif
