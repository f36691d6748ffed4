//! What large directories are asked for most is found through an index, also where the database knows
//! nothing yet of what its tables hold.

use countersign_domain::graph::filter::Comparison;
use countersign_domain::graph::selection::{
    ApplicationField, Condition, Cursor, Field, Selection, ServicePrincipalField, Value,
};
use countersign_domain::ids::TenantId;
use uuid::Uuid;

use super::{applications, charts, expiring, service_principals};
use crate::selection::{Listing, plan};
use crate::{Db, people};

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn is<F>(field: F, value: Value) -> Condition<F> {
    Condition::Is(field, Comparison::Eq, value)
}

async fn check<F: Field>(
    db: &Db,
    listing: &Listing<F>,
    conditions: Vec<Condition<F>>,
    orders: &[Option<(F, bool)>],
) {
    let page = Selection {
        condition: None,
        search: None,
        order: None,
        after: None,
        limit: 100,
        counts: false,
    };
    let mut selections: Vec<Selection<F>> = conditions
        .into_iter()
        .map(|condition| Selection {
            condition: Some(condition),
            ..page.clone()
        })
        .collect();
    for order in orders {
        for after in [None, Some("1")] {
            selections.push(Selection {
                order: *order,
                after: after.map(|value| Cursor {
                    value: Some(value.to_owned()),
                    id: Uuid::nil().to_string(),
                }),
                ..page.clone()
            });
        }
    }
    let scope = [TenantId::new(Uuid::nil()).into()];
    let mut session = db.reader().await.expect("it answers");
    for selection in &selections {
        let plan = plan(&mut session, listing, &scope, selection).await;
        assert!(!plan.contains("SCAN"), "{selection:?}\n{plan}");
        let is_list = selection.condition.is_none();
        // To read the whole tenant in order, or to sort it, is as bad.
        let bad = if is_list {
            "TEMP B-TREE"
        } else {
            "(tenant_id=?)"
        };
        assert!(!plan.contains(bad), "{selection:?}\n{plan}");
    }
}

/// What a statement has made itself, which is small.
const DERIVED: [&str; 4] = ["SCAN g", "SCAN newest", "SCAN bucket", "SCAN CONSTANT ROW"];

/// The steps of a statement in SQLite, and that none reads a whole table.
async fn steps(db: &Db, sql: &str) -> Vec<String> {
    let mut session = db.reader().await.expect("it answers");
    let sql = format!("EXPLAIN QUERY PLAN {sql}");
    let rows = fetch_all!(
        session,
        "plan",
        (i64, i64, i64, String),
        sqlx::AssertSqlSafe(sql.as_str())
    );
    let steps = rows.expect("it can be explained").into_iter();
    let steps: Vec<String> = steps.map(|(.., step)| step).collect();
    let whole = |step: &String| step.starts_with("SCAN") && !DERIVED.contains(&step.as_str());
    assert!(!steps.iter().any(whole), "{sql}\n{steps:#?}");
    steps
}

#[tokio::test]
async fn people_and_charts_are_found_through_an_index() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let url = format!("sqlite://{}", folder.path().join("test.db").display());
    let db = Db::open(&url).await.expect("it opens");
    let named = steps(&db, people::NAMED).await;
    let by_name = "(tenant_id=? AND user_principal_name_folded=?)";
    assert!(
        named.iter().any(|step| step.ends_with(by_name)),
        "{named:#?}"
    );
    for sql in [charts::OF_CLIENT, charts::BUSIEST] {
        let steps = steps(&db, sql).await;
        let range = "SEARCH sign_ins USING INDEX sign_ins_tenant_at (tenant_id=? AND at>?)";
        assert!(steps.iter().any(|step| step == range), "{steps:#?}");
    }
    let counted = steps(&db, charts::ALL).await;
    for index in [
        "COVERING INDEX sign_ins_tenant_at",
        "INDEX sign_ins_refused",
    ] {
        let range = format!("SEARCH sign_ins USING {index} (tenant_id=? AND at>? AND at<?)");
        assert!(counted.contains(&range), "{counted:#?}");
    }
    for (_, table, sql) in expiring::EXPIRING {
        let steps = steps(&db, sql).await;
        let range = format!("SEARCH c USING INDEX {table}_end (end_at>? AND end_at<?)");
        assert!(steps.contains(&range), "{steps:#?}");
    }
}

#[test]
fn pages_and_keys_are_found_through_an_index() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime can be made");
    runtime.block_on(async {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        let db = Db::open(&url).await.expect("it opens");
        let id = || Value::Guid(Uuid::nil());
        let conditions = vec![
            is(ApplicationField::Id, id()),
            is(ApplicationField::AppId, id()),
            is(ApplicationField::UniqueName, text("x")),
            is(ApplicationField::DisplayName, text("x")),
            Condition::StartsWith(ApplicationField::DisplayName, "x".to_owned()),
            is(ApplicationField::IdentifierUris, text("api://x")),
            is(ApplicationField::Tags, text("x")),
            is(ApplicationField::Owners, id()),
        ];
        let orders = [
            None,
            Some((ApplicationField::DisplayName, true)),
            Some((ApplicationField::CreatedDateTime, false)),
        ];
        check(&db, &applications::LIVE, conditions, &orders).await;
        let conditions = vec![
            is(ServicePrincipalField::Id, id()),
            is(ServicePrincipalField::AppId, id()),
            is(ServicePrincipalField::DisplayName, text("x")),
            Condition::StartsWith(ServicePrincipalField::DisplayName, "x".to_owned()),
            is(
                ServicePrincipalField::ServicePrincipalNames,
                text("api://x"),
            ),
            is(ServicePrincipalField::Tags, text("x")),
            is(ServicePrincipalField::Owners, id()),
        ];
        let orders = [
            None,
            Some((ServicePrincipalField::DisplayName, true)),
            Some((ServicePrincipalField::CreatedDateTime, false)),
        ];
        check(&db, &service_principals::LIVE, conditions, &orders).await;
    });
}
