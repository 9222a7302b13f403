//! `id2label` and `label2id`.

use indexmap::IndexMap;

/// Label names in the order of their ids; fails if these are not `0..n`, or the second map is not the
/// reverse of the first.
pub(super) fn in_order(
    id2label: &IndexMap<String, String>,
    label2id: &IndexMap<String, u32>,
) -> Result<Vec<String>, String> {
    let name = |id: usize| {
        let id = id.to_string();
        id2label
            .get(&id)
            .cloned()
            .ok_or_else(|| format!("id2label has {} labels but none with id {id}", id2label.len()))
    };
    let labels: Vec<String> = (0..id2label.len()).map(name).collect::<Result<_, _>>()?;
    let reversed: IndexMap<String, u32> = labels.iter().cloned().zip(0..).collect();
    // In any order: the maps of Hugging Face's files have none.
    let agrees = |(label, id): (&String, &u32)| label2id.get(label) == Some(id);
    if label2id.len() != reversed.len() || !reversed.iter().all(agrees) {
        return Err(format!("label2id {label2id:?} is not the reverse of id2label"));
    }
    Ok(labels)
}
