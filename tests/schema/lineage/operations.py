"""The operations that clients send about lineage."""

LINEAGE = """
query Lineage($id: ID!, $direction: LineageDirection = ANCESTORS, $maxDepth: Int, $types: [RelationshipType!]) {
  node(id: $id) {
    ... on Package {
      lineage(direction: $direction, maxDepth: $maxDepth, relationshipTypes: $types) {
        nodes { key depth isRedacted package { id name version license scores { netScore } } }
        edges { parentKey childKey relationshipType }
        nodeCount
        edgeCount
        maxDepth
        isComplete
        incompleteReason
      }
    }
  }
}
"""

PARENTS_AND_CHILDREN = """
query ParentsAndChildren($id: ID!) {
  node(id: $id) {
    ... on Package {
      parents(first: 20) { totalCount edges { relationshipType node { id name version } } }
      children(first: 20) { totalCount edges { relationshipType node { id name version } } }
    }
  }
}
"""

PATH = """
query LineagePath($from: ID!, $to: ID!) {
  lineagePath(from: $from, to: $to) { length steps { relationshipType package { id name version } } }
}
"""

IMPACT = """
query Impact($id: ID!) { node(id: $id) { ... on Package { impact { packageCount isComplete } } } }
"""

LINK = """
mutation LinkPackages($input: LinkPackagesInput!) {
  linkPackages(input: $input) {
    __typename
    ... on LinkPackagesPayload { edge { parent { id } child { id } relationshipType } }
    ... on Error { code message path }
    ... on Conflict { chain { id name version } }
  }
}
"""

UNLINK = """
mutation UnlinkPackages($input: UnlinkPackagesInput!) {
  unlinkPackages(input: $input) {
    __typename
    ... on UnlinkPackagesPayload { child { id } }
    ... on Error { code message path }
  }
}
"""
