//! Reading users.

use countersign_domain::directory::User;
use countersign_domain::graph::error::GraphError;
use countersign_domain::graph::etag::ETag;
use countersign_domain::graph::policy;
use countersign_domain::graph::route::UserKey;
use countersign_domain::graph::selection::{Condition, Selection, UserField};
use countersign_domain::graph::wire::{self, Object as Members};

use super::answer::Answer;
use super::ask::Ask;
use super::collection::{self, context, entity};
use super::{errors, expand, find, shown};

const COLLECTION: &str = "users";

pub(super) async fn list(ask: &Ask<'_>) -> Result<Answer, GraphError> {
    let selection = collection::selection(ask)?;
    check_fields(ask, &selection)?;
    expand::read(ask, &[])?;
    let mut view = ask.view().await?;
    let page = view.users(ask.tenant_id(), &selection).await;
    let page = page.map_err(errors::of_store)?;
    let rows = page.items.iter().map(|user| select(ask, user));
    let rows = rows.collect::<Result<_, _>>()?;
    let context = context(ask, COLLECTION);
    Ok(collection::answer(ask, context, rows, &page))
}

pub(super) async fn count(ask: &Ask<'_>) -> Result<Answer, GraphError> {
    let selection = collection::counted(ask)?;
    check_fields(ask, &selection)?;
    let mut view = ask.view().await?;
    let page = view.users(ask.tenant_id(), &selection).await;
    Ok(collection::number(&page.map_err(errors::of_store)?))
}

pub(super) async fn get(ask: &Ask<'_>, key: &UserKey) -> Result<Answer, GraphError> {
    expand::read(ask, &[])?;
    let mut view = ask.view().await?;
    let user = find::user(&mut view, ask.tenant_id(), key).await?;
    let etag = ETag::of(&wire::user(&user));
    let found = select(ask, &user)?;
    Ok(Answer::object(entity(ask, COLLECTION), found).with_etag(etag))
}

/// A navigation that leads to nothing, if there is where to start from.
pub(super) async fn nothing(
    ask: &Ask<'_>,
    key: &UserKey,
    navigation: &str,
) -> Result<Answer, GraphError> {
    let mut view = ask.view().await?;
    let id = find::user(&mut view, ask.tenant_id(), key).await?.id;
    let context = format!("{COLLECTION}('{id}')/{navigation}");
    Ok(Answer::list(context, Vec::new()))
}

fn select(ask: &Ask<'_>, user: &User) -> Result<Members, GraphError> {
    let whole = shown::user(ask.caller, user);
    let default = || wire::USER_DEFAULT.map(ToOwned::to_owned).to_vec();
    match ask.query.select.as_slice() {
        [] => wire::select(whole, &default(), "user"),
        names => wire::select(whole, names, "user"),
    }
}

/// What a caller may not see it may not ask for either: a filter would tell it.
fn check_fields(ask: &Ask<'_>, selection: &Selection<UserField>) -> Result<(), GraphError> {
    let is_basic = |field: UserField| {
        !matches!(
            field,
            UserField::JobTitle | UserField::AccountEnabled | UserField::CreatedDateTime
        )
    };
    let condition = selection.condition.as_ref();
    let asks_basic = condition.is_none_or(|condition| all_fields(condition, &is_basic))
        && selection.order.is_none_or(|(field, _)| is_basic(field));
    match asks_basic || policy::sees_full_profiles(&ask.caller.permissions) {
        true => Ok(()),
        false => Err(GraphError::denied()),
    }
}

fn all_fields(condition: &Condition<UserField>, holds: &dyn Fn(UserField) -> bool) -> bool {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => {
            parts.iter().all(|part| all_fields(part, holds))
        }
        Condition::Not(part) => all_fields(part, holds),
        Condition::Is(field, ..)
        | Condition::OneOf(field, _)
        | Condition::StartsWith(field, _)
        | Condition::EndsWith(field, _)
        | Condition::Count(field, ..) => holds(*field),
    }
}
