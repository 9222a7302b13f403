//! Finding all pieces that a text begins with.

/// Pieces by their bytes. The children of a node stand side by side, so a node is a few numbers.
#[derive(Debug, Clone)]
pub(super) struct Trie {
    nodes: Vec<Node>,
    /// The last byte of each node.
    bytes: Vec<u8>,
    /// The child of the root for each byte, or zero.
    heads: Box<[u32; 256]>,
}

#[derive(Debug, Clone, Copy)]
struct Node {
    first_child: u32,
    n_children: u32,
    /// The piece that ends here, or [`NONE`].
    id: u32,
}

const NONE: u32 = u32::MAX;

impl Trie {
    /// The pieces are numbered by their places; of equal ones the last counts.
    pub(super) fn new(pieces: Vec<&[u8]>) -> Self {
        let mut order: Vec<u32> = (0..pieces.len() as u32).collect();
        order.sort_by(|a, b| pieces[*a as usize].cmp(pieces[*b as usize]));
        let mut trie = Self { nodes: Vec::new(), bytes: Vec::new(), heads: Box::new([0; 256]) };
        trie.nodes.push(Node { first_child: 1, n_children: 0, id: NONE });
        trie.bytes.push(0);
        // Nodes of one depth after the other; each is a range of `order`.
        let mut ranges = vec![(0, order.len(), 0)];
        let mut node = 0;
        while let Some((mut start, end, depth)) = ranges.get(node).copied() {
            let piece = |place: usize| pieces[order[place] as usize];
            while start < end && piece(start).len() == depth {
                trie.nodes[node].id = order[start];
                start += 1;
            }
            trie.nodes[node].first_child = trie.nodes.len() as u32;
            while start < end {
                let byte = piece(start)[depth];
                let n = (start..end).take_while(|place| piece(*place)[depth] == byte).count();
                if node == 0 {
                    trie.heads[byte as usize] = trie.nodes.len() as u32;
                }
                trie.nodes.push(Node { first_child: 0, n_children: 0, id: NONE });
                trie.bytes.push(byte);
                trie.nodes[node].n_children += 1;
                ranges.push((start, start + n, depth + 1));
                start += n;
            }
            node += 1;
        }
        trie
    }

    /// Calls `f` with the length and the number of each piece that `text` begins with, the shortest
    /// first.
    #[inline]
    pub(super) fn for_each_prefix(&self, text: &[u8], mut f: impl FnMut(usize, u32)) {
        let mut node = 0;
        for (depth, byte) in text.iter().enumerate() {
            let Some(child) = self.child(node, *byte) else { return };
            node = child;
            let id = self.nodes[node].id;
            if id != NONE {
                f(depth + 1, id);
            }
        }
    }

    /// The number of a piece.
    pub(super) fn get(&self, piece: &[u8]) -> Option<u32> {
        let mut steps = piece.iter();
        let node = steps.try_fold(0, |node, byte| self.child(node, *byte))?;
        Some(self.nodes[node].id).filter(|id| *id != NONE)
    }

    #[inline]
    fn child(&self, node: usize, byte: u8) -> Option<usize> {
        if node == 0 {
            return Some(self.heads[byte as usize] as usize).filter(|child| *child != 0);
        }
        let Node { first_child, n_children, .. } = self.nodes[node];
        let first = first_child as usize;
        let children = &self.bytes[first..first + n_children as usize];
        children.iter().position(|child| *child == byte).map(|place| first + place)
    }
}

#[cfg(test)]
mod tests;
