//! The folded tags of applications and service principals, for conditions on them. The tags as they
//! were written are kept with their object.

use uuid::Uuid;

use crate::StoreError;
use crate::commit::Commit;
use crate::folded::fold;
use crate::row::Guid;

/// Adds the tags of a new object.
pub(crate) async fn add(commit: &mut Commit, id: Uuid, tags: &[String]) -> Result<(), StoreError> {
    for (tag, position) in tags.iter().zip(0_i64..) {
        execute!(
            commit.view.session,
            "INSERT INTO object_tags (object_id, position, folded) VALUES ($1, $2, $3)",
            Guid(id),
            position,
            fold(tag),
        )?;
    }
    Ok(())
}

/// Replaces an object's tags.
pub(crate) async fn set(commit: &mut Commit, id: Uuid, tags: &[String]) -> Result<(), StoreError> {
    remove(commit, &id.to_string()).await?;
    add(commit, id, tags).await
}

/// Removes the tags of an object that ends for good.
pub(crate) async fn remove(commit: &mut Commit, id: &str) -> Result<(), StoreError> {
    execute!(
        commit.view.session,
        "DELETE FROM object_tags WHERE object_id = $1",
        id,
    )?;
    Ok(())
}
